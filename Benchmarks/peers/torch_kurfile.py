"""Trains the network of ../kur-loss's speech.yml with PyTorch, from the weights that parla kur saved, on its batches.

FOLDER has weights.initial (IDX files), norm.yml, and in train/ and dev/ a list of transcripts with features. Prints a line of JSON: the
mean losses of each epoch's training, and of development after it.
"""

import argparse
import json
import pathlib
import re
import struct

import numpy
import torch
from torch import nn
from torch.nn import functional as F

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"


def idx(path):
    """An array of 32-bit floating-point numbers of the format of MNIST's files."""
    data = path.read_bytes()
    assert data[:3] == b"\0\0\x0d", path
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return torch.from_numpy(numpy.frombuffer(data, ">f4", offset=4 + 4 * data[3]).astype("f4").reshape(shape))


class Weights:
    """The parameters in a folder, by the names that Kur's files have with TensorFlow."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, layer, weight):
        return nn.Parameter(idx(self.folder / f"{layer}+{layer}_{weight}:0.kur"))


class KerasGRU(nn.Module):
    """The reset gate before the recurrent product; gates by clip(0.2 x + 0.5, 0, 1), in the order update, reset, candidate."""

    def __init__(self, weights, name):
        super().__init__()
        self.kernel, self.bias = weights(name, "kernel"), weights(name, "bias")
        self.recurrent = weights(name, "recurrent_kernel")

    def forward(self, x):
        size = self.recurrent.shape[0]
        sums = (x @ self.kernel + self.bias).unbind(1)
        gates, candidate = self.recurrent[:, : 2 * size], self.recurrent[:, 2 * size :]
        h, outputs = x.new_zeros(x.shape[0], size), []
        for own in sums:
            z, r = (0.2 * (own[:, : 2 * size] + h @ gates) + 0.5).clamp(0, 1).chunk(2, 1)
            h = z * h + (1 - z) * torch.tanh(own[:, 2 * size :] + (r * h) @ candidate)
            outputs.append(h)
        return torch.stack(outputs, 1)


class FrameNorm(nn.Module):
    """Batch normalisation of the frames that are no padding."""

    def __init__(self, weights, name, momentum=0.1, epsilon=1e-3):
        super().__init__()
        self.gamma, self.beta = weights(name, "gamma"), weights(name, "beta")
        self.norm = nn.BatchNorm1d(len(self.gamma), eps=epsilon, momentum=momentum, affine=False)

    def forward(self, x, mask):
        y = torch.zeros_like(x)
        y[mask] = self.norm(x[mask])
        return (y * self.gamma + self.beta) * mask[..., None]


class Network(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.kernel, self.bias = weights("front", "kernel"), weights("front", "bias")
        self.norms = nn.ModuleList(FrameNorm(weights, name) for name in ("norm", "norm_1", "norm_2", "norm_3"))
        self.layers = nn.ModuleList(KerasGRU(weights, f"gru_{number}") for number in (1, 2, 3))
        self.letters, self.shift = (weights("letters_..dense.0_0_0", weight) for weight in ("kernel", "bias"))

    def forward(self, x, lengths):
        """[batch, frames, bins] to logarithms of probabilities [batch, (frames - 9) / 2, letters and blank]."""
        x = F.relu(F.conv1d(x.transpose(1, 2), self.kernel.permute(2, 1, 0), self.bias, 2)).transpose(1, 2)
        mask = torch.arange(x.shape[1]) < lengths[:, None]
        x = self.norms[0](x, mask)
        for layer, norm in zip(self.layers, self.norms[1:]):
            x = norm(layer(x), mask)
        return (x @ self.letters + self.shift).log_softmax(2)


def batches(folder, norm, size=16):
    """Features, their lengths, letters and their lengths."""
    lines = [json.loads(line) for line in (folder / f"{folder.name}.jsonl").read_text().splitlines()]
    for start in range(0, len(lines), size):
        part = lines[start : start + size]
        frames = [torch.from_numpy(((numpy.load(folder / "features" / f"{line['uuid']}.npy") - norm[0]) / norm[1]).astype("f4"))
                  for line in part]
        labels = [torch.tensor([LETTERS.index(letter) for letter in line["text"]]) for line in part]
        yield (nn.utils.rnn.pad_sequence(frames, batch_first=True),
               torch.tensor([(len(frame) - 9) // 2 for frame in frames]),
               torch.cat(labels), torch.tensor([len(label) for label in labels]))


def mean_loss(network, data, norm, optimizer=None):
    total, count = 0.0, 0
    network.train(optimizer is not None)
    for x, lengths, labels, label_counts in batches(data, norm):
        with torch.set_grad_enabled(optimizer is not None):
            loss = F.ctc_loss(network(x, lengths).transpose(0, 1), labels, lengths, label_counts, blank=len(LETTERS),
                              reduction="none").mean()
        if optimizer:
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 100)
            optimizer.step()
        total, count = total + loss.item() * len(lengths), count + len(lengths)
    return round(total / count, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    for name, value in (("epochs", 3), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    text = (options.folder / "norm.yml").read_text()
    norm = [numpy.array(json.loads(re.search(rf"^{name}: (.*)$", text, re.M)[1])) for name in ("mean", "stddev")]
    network = Network(Weights(options.folder / "weights.initial"))
    optimizer = torch.optim.SGD(network.parameters(), lr=2e-4, momentum=0.9, nesterov=True)
    losses = [[], []]
    for _ in range(options.epochs):
        losses[0].append(mean_loss(network, options.folder / "train", norm, optimizer))
        losses[1].append(mean_loss(network, options.folder / "dev", norm))
    print(json.dumps(losses))


main()
