"""Times training steps of networks in PyTorch on random numbers, as `TrainingBenchmark network-speed` does with Parla's.

Prints a line of JSON: seconds of wall and of processor time of a step, the peak memory in MB, and the number of weights.
"""

import torch_timing


def add(parser):
    parser.add_argument("--network", choices=["streaming", "kur_speech"], default="streaming")
    parser.add_argument("--optimizer", choices=["adamw", "sgd"], default="adamw")
    parser.add_argument("--average", action="store_true")


def main():
    options = torch_timing.options(__doc__, add, n_hidden=0, frames=1000, labels=120, label_count=29, steps=3)
    torch = torch_timing.load(options.threads)
    from torch import nn
    from torch.nn import functional as F

    class Streaming(nn.Module):
        """The preset `streaming`: [batch, frames, 40] to [batch, frames / 4, labels]."""

        inputs = 40

        def __init__(self, labels, size=512, depth=4, channels=64, dropout=0.3):
            super().__init__()
            self.first, self.second = nn.Conv2d(1, channels, 3, 2, 1), nn.Conv2d(channels, channels, 3, 2, 1)
            self.input, self.dropout = nn.Linear(channels * 10, size), nn.Dropout(dropout)
            self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in range(depth))
            self.layers = nn.ModuleList(nn.LSTM(size, size, batch_first=True) for _ in range(depth))
            self.look = nn.Conv1d(size, size, 5, groups=size)
            self.last, self.labels = nn.LayerNorm(size), nn.Linear(size, labels)

        def forward(self, x):
            x = F.relu(self.second(F.relu(self.first(x[:, None]))))
            x = self.input(x.transpose(1, 2).flatten(2))
            for norm, layer in zip(self.norms, self.layers):
                x = x + self.dropout(layer(norm(x))[0])
            x = x + F.relu(self.look(F.pad(x.transpose(1, 2), (0, 4)))).transpose(1, 2)
            return self.labels(self.dropout(self.last(x)))

        @staticmethod
        def length(frames):
            return (frames + 3) // 4

    class KurSpeech(nn.Module):
        """Kur's example speech.yml: [batch, frames, 161] to [batch, (frames - 9) / 2, labels]."""

        inputs = 161

        def __init__(self, labels, size=1000, depth=3):
            super().__init__()
            self.convolution, self.norm = nn.Conv1d(161, size, 11, 2), nn.BatchNorm1d(size)
            self.layers = nn.ModuleList(nn.GRU(size, size, batch_first=True) for _ in range(depth))
            self.norms = nn.ModuleList(nn.BatchNorm1d(size) for _ in range(depth))
            self.labels = nn.Linear(size, labels)

        def forward(self, x):
            x = self.norm(F.relu(self.convolution(x.transpose(1, 2)))).transpose(1, 2)
            for layer, norm in zip(self.layers, self.norms):
                x = norm(layer(x)[0].transpose(1, 2)).transpose(1, 2)
            return self.labels(x)

        @staticmethod
        def length(frames):
            return (frames - 9) // 2

    kind = {"streaming": Streaming, "kur_speech": KurSpeech}[options.network]
    network = kind(options.label_count, **({"size": options.n_hidden} if options.n_hidden else {}))
    if options.optimizer == "adamw":
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=1e-6, betas=(0.9, 0.98))
    else:
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, nesterov=True)
    average = [p.detach().clone() for p in network.parameters()]
    batch, frames = options.batch_size, options.frames
    lengths = [frames - frames // 4 * number // max(batch - 1, 1) for number in range(batch)]
    features = torch.rand(batch, frames, kind.inputs) * 2 - 1
    for number, length in enumerate(lengths):
        features[number, length:] = 0
    targets = (torch.arange(options.labels) % (options.label_count - 1)).repeat(batch)
    frame_counts = torch.tensor([kind.length(length) for length in lengths])
    label_counts = torch.full((batch,), options.labels)

    def step():
        with torch_timing.autocast(torch, options.precision):
            logits = network(features)
        losses = F.ctc_loss(
            logits.float().log_softmax(2).transpose(0, 1), targets, frame_counts, label_counts,
            blank=options.label_count - 1, reduction="none", zero_infinity=True)
        optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        if options.average:
            with torch.no_grad():
                torch._foreach_lerp_(average, list(network.parameters()), 0.002)

    torch_timing.print_steps(step, options.steps, parameters=sum(p.numel() for p in network.parameters()))


main()
