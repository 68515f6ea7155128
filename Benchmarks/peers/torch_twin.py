"""A PyTorch twin of Parla's default acoustic model and of how Parla trains it.

Same features, network, initial distribution, loss, optimiser and batches; what differs is the framework. It trains on
CSVs, keeps the weights of the best dev loss, reads the test set greedily with them, and reports figures as JSON.
"""

import argparse
import csv
import json
import math
import os
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_RATE = 16_000
WINDOW = 512
STEP = 320
MEL_CHANNELS = 40
COEFFICIENTS = 26
CONTEXT = 9
RELU_CLIP = 20.0


def main():
    options = parse_options()
    # Thread pools read their environment when the library is loaded.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    import torch

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(options.seed)

    sets = {name: read_csv(getattr(options, name)) for name in ("train", "dev", "test")}
    alphabet = sorted({" "} | {c for samples in sets.values() for s in samples for c in s.transcript})
    for name, samples in sets.items():
        sets[name] = load_features(name, samples, alphabet)
    report = Trainer(options, sets, alphabet).run()
    text = json.dumps(report, indent=2)
    if options.json:
        Path(options.json).write_text(text + "\n")
    else:
        print(text)
    print(report["summary"])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "dev", "test"):
        parser.add_argument(f"--{name}", required=True, metavar="CSV")
    parser.add_argument("--n-hidden", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--json", metavar="OUT", help="where the figures go; standard output otherwise")
    return parser.parse_args()


# ---- Data: CSV -> audio -> features


@dataclass
class Sample:
    path: Path
    transcript: str
    seconds: float = 0.0
    features: object = None  # [frames, COEFFICIENTS]
    labels: list = field(default_factory=list)

    @property
    def frame_count(self):
        return len(self.features)

    @property
    def needed_frames(self):
        """CTC needs a frame for each label and a blank between equal neighbours."""
        return len(self.labels) + sum(a == b for a, b in zip(self.labels, self.labels[1:]))


def read_csv(path):
    folder = Path(path).parent
    with open(path, newline="", encoding="utf-8-sig") as file:
        return [Sample(folder / row["wav_filename"], row["transcript"]) for row in csv.DictReader(file)]


def load_features(name, samples, alphabet):
    """Features and labels of all samples that CTC can align; the others are named and left out."""
    import soundfile

    extractor = FeatureExtractor()
    label_of = {character: label for label, character in enumerate(alphabet)}
    usable = []
    for sample in samples:
        audio, rate = soundfile.read(sample.path, dtype="float32", always_2d=True)
        if rate != SAMPLE_RATE:
            sys.exit(f"{sample.path}: {rate} Hz, expected {SAMPLE_RATE} Hz")
        sample.seconds = len(audio) / rate
        sample.features = extractor(audio.mean(axis=1))
        sample.labels = [label_of[character] for character in sample.transcript]
        if sample.labels and sample.needed_frames <= sample.frame_count:
            usable.append(sample)
        else:
            log(f"{name}: {sample.path.name} left out: {sample.frame_count} frames for {len(sample.labels)} labels")
    log(f"{name}: {len(usable)} samples, {sum(s.seconds for s in usable) / 60:.1f} minutes")
    return usable


class FeatureExtractor:
    """MFCCs as TensorFlow's AudioSpectrogram and Mfcc operations compute them (tensorflow/core/kernels/mfcc*.cc)."""

    def __init__(self):
        import numpy as np

        self.np = np
        # Periodic Hann window.
        self.window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
        self.filters = self.mel_filters()
        rows = np.arange(COEFFICIENTS)[:, None] * (np.arange(MEL_CHANNELS)[None, :] + 0.5)
        self.dct = math.sqrt(2 / MEL_CHANNELS) * np.cos(rows * np.pi / MEL_CHANNELS)

    def mel_filters(self, lower=20.0, upper=SAMPLE_RATE / 2):
        """[bins, channels]: each bin's magnitude is shared by the two channels whose centres enclose it."""
        np = self.np

        def mel(frequency):
            return 1127 * np.log1p(frequency / 700)

        spacing = (mel(upper) - mel(lower)) / (MEL_CHANNELS + 1)
        edges = mel(lower) + spacing * np.arange(MEL_CHANNELS + 2)  # the lower edge, then the centres
        bins = WINDOW // 2 + 1
        hertz_per_bin = 0.5 * SAMPLE_RATE / (bins - 1)
        filters = np.zeros((bins, MEL_CHANNELS))
        for bin in range(int(1.5 + lower / hertz_per_bin), int(upper / hertz_per_bin) + 1):
            position = mel(bin * hertz_per_bin)
            channel = int(np.searchsorted(edges[1:], position)) - 1  # of the last centre below
            weight = (edges[channel + 2] - position) / (edges[channel + 2] - edges[channel + 1])
            if channel >= 0:
                filters[bin, channel] += weight
            if channel + 1 < MEL_CHANNELS:
                filters[bin, channel + 1] += 1 - weight
        return filters

    def __call__(self, audio):
        """[samples] in [-1, 1] -> [frames, COEFFICIENTS]; the tail that fills no window is dropped."""
        np = self.np
        if len(audio) < WINDOW:
            return np.zeros((0, COEFFICIENTS), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(audio.astype(np.float64), WINDOW)[::STEP]
        spectrum = np.fft.rfft(frames * self.window)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        mel = np.sqrt(power.astype(np.float64)) @ self.filters
        return (np.log(np.maximum(mel, 1e-12)) @ self.dct.T).astype(np.float32)


# ---- Network


def make_network(n_hidden, label_count, dropout):
    """494 -> dense -> dense -> dense -> LSTM -> dense -> labels and blank (Hannun et al. 2014, as in DeepSpeech 0.9.3)."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            inputs = (2 * CONTEXT + 1) * COEFFICIENTS
            self.layer_1 = nn.Linear(inputs, n_hidden)
            self.layer_2 = nn.Linear(n_hidden, n_hidden)
            self.layer_3 = nn.Linear(n_hidden, n_hidden)
            self.lstm = nn.LSTM(n_hidden, n_hidden)
            self.layer_5 = nn.Linear(n_hidden, n_hidden)
            self.layer_6 = nn.Linear(n_hidden, label_count)
            self.dropout = nn.Dropout(dropout)
            self.initialise()

        def initialise(self):
            for layer in (self.layer_1, self.layer_2, self.layer_3, self.layer_5, self.layer_6):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
            # One kernel [2n, 4n] in TensorFlow, so Glorot's limit is sqrt(6 / (2n + 4n)) for both halves.
            limit = math.sqrt(6 / (6 * n_hidden))
            nn.init.uniform_(self.lstm.weight_ih_l0, -limit, limit)
            nn.init.uniform_(self.lstm.weight_hh_l0, -limit, limit)
            nn.init.zeros_(self.lstm.bias_ih_l0)
            # The second bias is redundant: it stays zero.
            nn.init.zeros_(self.lstm.bias_hh_l0)
            self.lstm.bias_hh_l0.requires_grad_(False)

        def forward(self, features):
            """[frames, batch, coefficients], with CONTEXT frames more on both sides -> logits [frames, batch, labels]."""
            # Windows come as [frames, batch, coefficients, context]; frames are the outer axis of the input.
            windows = features.unfold(0, 2 * CONTEXT + 1, 1).transpose(2, 3).flatten(2)
            hidden = windows
            for layer in (self.layer_1, self.layer_2, self.layer_3):
                hidden = self.dropout(torch.clamp(layer(hidden), 0, RELU_CLIP))
            hidden, _ = self.lstm(hidden)
            hidden = self.dropout(torch.clamp(self.layer_5(hidden), 0, RELU_CLIP))
            return self.layer_6(hidden)

    return Network()


# ---- Training


class Trainer:
    def __init__(self, options, sets, alphabet):
        import torch

        self.torch = torch
        self.options = options
        self.alphabet = alphabet
        self.blank = len(alphabet)
        self.batches = {name: self.make_batches(samples) for name, samples in sets.items()}
        self.audio_seconds = sum(s.seconds for s in sets["train"])
        self.network = make_network(options.n_hidden, len(alphabet) + 1, options.dropout)
        weights = [p for p in self.network.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(weights, lr=options.learning_rate, betas=(0.9, 0.999), eps=1e-8)
        self.order = random.Random(options.seed)

    def make_batches(self, samples):
        """Batches of samples of like length, shortest first; the last may be incomplete."""
        samples = sorted(samples, key=lambda s: s.frame_count)
        size = self.options.batch_size
        return [Batch(self.torch, samples[i : i + size]) for i in range(0, len(samples), size)]

    def run(self):
        epochs = []
        best_loss, best_weights = math.inf, None
        for epoch in range(self.options.epochs):
            figures = self.train_epoch(epoch)
            figures["dev_loss"] = self.mean_loss(self.batches["dev"])
            epochs.append(figures)
            log(
                f"epoch {epoch + 1}: train loss {figures['train_loss']:.3f}, dev loss {figures['dev_loss']:.3f}, "
                f"{figures['audio_seconds_per_second_wall']:.1f} audio s/s"
            )
            if figures["dev_loss"] < best_loss:
                best_loss = figures["dev_loss"]
                best_weights = {k: v.clone() for k, v in self.network.state_dict().items()}
        if best_weights:
            self.network.load_state_dict(best_weights)
        return self.report(epochs, best_loss)

    def train_epoch(self, epoch):
        self.network.train()
        batches = list(self.batches["train"])
        if epoch > 0:
            self.order.shuffle(batches)
        loss_sum, count = 0.0, 0
        wall, cpu = time.perf_counter(), time.process_time()
        for batch in batches:
            losses = self.losses(batch)
            self.optimizer.zero_grad(set_to_none=True)
            losses.mean().backward()
            self.optimizer.step()
            loss_sum += losses.detach().sum().item()
            count += len(batch.samples)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return {
            "train_loss": loss_sum / count,
            "seconds_wall": wall,
            "seconds_cpu": cpu,
            "audio_seconds_per_second_wall": self.audio_seconds / wall,
            "audio_seconds_per_second_cpu": self.audio_seconds / cpu,
        }

    def logits(self, batch):
        """Logits [frames, batch, labels] in float32, whatever the precision of the products."""
        reduced = self.options.precision == "bfloat16"
        with self.torch.autocast("cpu", dtype=self.torch.bfloat16, enabled=reduced):
            logits = self.network(batch.features)
        return logits.float()

    def losses(self, batch):
        """-ln p(transcript) of each sample, not divided by its length."""
        return self.torch.nn.functional.ctc_loss(
            self.logits(batch).log_softmax(2), batch.labels, batch.frame_counts, batch.label_counts,
            blank=self.blank, reduction="none",
        )

    def mean_loss(self, batches):
        self.network.eval()
        with self.torch.no_grad():
            losses = [loss for batch in batches for loss in self.losses(batch).tolist()]
        return sum(losses) / len(losses)

    def report(self, epochs, best_loss):
        wer, cer, results = self.evaluate(self.batches["test"])
        steady = epochs[1:] or epochs
        seconds_wall = sum(e["seconds_wall"] for e in steady)
        seconds_cpu = sum(e["seconds_cpu"] for e in steady)
        return {
            "peer": f"torch {self.torch.__version__}",
            "options": vars(self.options),
            "alphabet": "".join(self.alphabet),
            "train_audio_seconds": self.audio_seconds,
            "epochs": epochs,
            "best_dev_loss": best_loss,
            # Over all epochs but the first, which warms up.
            "audio_seconds_per_second_wall": self.audio_seconds * len(steady) / seconds_wall if steady else None,
            "audio_seconds_per_second_cpu": self.audio_seconds * len(steady) / seconds_cpu if steady else None,
            "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "wer": wer,
            "cer": cer,
            "samples": len(results),
            "summary": f"WER {wer:.4f}  CER {cer:.4f}  ({len(results)} samples)",
            "results": results,
        }

    # ---- Evaluation

    def evaluate(self, batches):
        """Word and character error rates of the greedy reading, each at most 1."""
        self.network.eval()
        results = []
        with self.torch.no_grad():
            for batch in batches:
                best = self.logits(batch).argmax(2).T.tolist()
                for sample, path in zip(batch.samples, best):
                    text = self.collapse(path[: sample.frame_count])
                    results.append({"file": sample.path.name, "reference": sample.transcript, "hypothesis": text})
        wer = error_rate([(r["reference"].split(), r["hypothesis"].split()) for r in results])
        cer = error_rate([(r["reference"], r["hypothesis"]) for r in results])
        return wer, cer, results

    def collapse(self, path):
        kept = [b for a, b in zip([self.blank] + path, path) if b != a and b != self.blank]
        return "".join(self.alphabet[label] for label in kept)


class Batch:
    """Padded tensors of some samples."""

    def __init__(self, torch, samples):
        self.samples = samples
        longest = max(s.frame_count for s in samples)
        # Zeros before, after and beyond the end: the context windows need no other case.
        self.features = torch.zeros(longest + 2 * CONTEXT, len(samples), COEFFICIENTS)
        for index, sample in enumerate(samples):
            self.features[CONTEXT : CONTEXT + sample.frame_count, index] = torch.from_numpy(sample.features)
        self.labels = torch.tensor([label for s in samples for label in s.labels])
        self.frame_counts = torch.tensor([s.frame_count for s in samples])
        self.label_counts = torch.tensor([len(s.labels) for s in samples])


def error_rate(pairs):
    """Sum of edits over sum of reference lengths, at most 1."""
    edits = sum(edit_distance(reference, hypothesis) for reference, hypothesis in pairs)
    return min(1.0, edits / max(1, sum(len(reference) for reference, _ in pairs)))


def edit_distance(source, target):
    row = list(range(len(target) + 1))
    for i, element in enumerate(source):
        diagonal, row[0] = row[0], i + 1
        for j, other in enumerate(target):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (element != other), row[j + 1] + 1, row[j] + 1)
    return row[-1]


def log(message):
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
