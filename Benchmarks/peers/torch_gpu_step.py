"""Training steps of DeepSpeech's network in PyTorch on a graphics card: what the torch engine is measured against.

Prints a line for each width, batch and precision: seconds of sound that are trained on in a second. The network, its sizes, loss
and optimiser are those of `TrainingBenchmark engine`; features stay on the card, which the engine's do not.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn import functional

LABELS = 29
FEATURES = 19 * 26
FRAME_SECONDS = 0.02


class Network(nn.Module):
    """Three dense layers, an LSTM, a dense layer and the labels (Hannun et al. 2014, as in DeepSpeech 0.9.3)."""

    def __init__(self, width):
        super().__init__()
        self.before = nn.ModuleList([nn.Linear(FEATURES, width), nn.Linear(width, width), nn.Linear(width, width)])
        self.recurrent = nn.LSTM(width, width)
        self.after = nn.Linear(width, width)
        self.labels = nn.Linear(width, LABELS)

    def forward(self, frames):
        for layer in self.before:
            frames = functional.dropout(layer(frames).clamp(0, 20), 0.05)
        frames, _ = self.recurrent(frames)
        return self.labels(functional.dropout(self.after(frames).clamp(0, 20), 0.05))


def sound_a_second(width, batch, frames, precision, steps):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.manual_seed(1)
    network = Network(width).cuda()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    features = torch.rand(frames, batch, FEATURES, device="cuda") * 2 - 1
    count = min(80, frames)
    targets = (torch.arange(count, device="cuda") % (LABELS - 1)).repeat(batch)
    frame_counts, label_counts = torch.full((batch,), frames), torch.full((batch,), count)

    def step():
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            logits = network(features)
        loss = functional.ctc_loss(
            logits.float().log_softmax(2), targets, frame_counts, label_counts, blank=LABELS - 1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    for _ in range(5):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return frames * batch * FRAME_SECONDS * steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-hidden", type=int, nargs="+", default=[512, 2048])
    parser.add_argument("--batch-size", type=int, nargs="+", default=[16, 64, 128])
    parser.add_argument("--precision", nargs="+", default=["float32", "tf32", "bf16"])
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    for width in options.n_hidden:
        for batch in options.batch_size:
            for precision in options.precision:
                speed = sound_a_second(width, batch, options.frames, precision, options.steps)
                print(f"torch h{width} B{batch} {precision}: {speed:.0f} audio-s/s", flush=True)


if __name__ == "__main__":
    main()
