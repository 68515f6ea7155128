"""Times layers of PyTorch forwards and backwards on random numbers, as `TrainingBenchmark layer-speed` does with Parla's.

Prints a line of JSON: milliseconds forwards and backwards of wall time, and both of processor time; the best of some passages.
"""

import torch_timing


def main():
    options = torch_timing.options(__doc__, lambda parser: parser.add_argument("--layer", required=True), steps=5)
    torch = torch_timing.load(options.threads)
    from torch import nn

    class Recurrent(nn.Module):
        def __init__(self, module, norm=None):
            super().__init__()
            self.module, self.norm = module, norm

        def forward(self, x):
            y = self.module(x)[0]
            return self.norm(y) if self.norm else y

    class Attention(nn.Module):
        """Heads by scaled_dot_product_attention; `relative` adds the Conformer's positions."""

        def __init__(self, size, heads, relative=False):
            super().__init__()
            self.heads, self.relative = heads, relative
            self.inner, self.outer = nn.Linear(size, 3 * size), nn.Linear(size, size)
            if relative:
                self.position = nn.Linear(size, size, bias=False)
                self.u, self.v = (nn.Parameter(torch.rand(heads, 1, size // heads)) for _ in range(2))

        def forward(self, x):
            batch, length, size = x.shape
            q, k, v = self.inner(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            bias = None
            if self.relative:
                sines = torch.rand(2 * length - 1, size)
                r = self.position(sines).view(2 * length - 1, self.heads, -1).transpose(0, 1)
                scores = (q + self.v) @ r.transpose(1, 2)
                # The shift of Transformer-XL.
                scores = nn.functional.pad(scores, (1, 0)).view(batch, self.heads, 2 * length, length)
                bias = scores[:, :, 1:].view(batch, self.heads, length, 2 * length - 1)[..., :length]
                q, bias = q + self.u, bias / q.shape[-1] ** 0.5
            y = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
            return self.outer(y.transpose(1, 2).reshape(batch, length, size))

    class Channels(nn.Module):
        """Modules over [batch, channels, frames] between frames."""

        def __init__(self, *modules):
            super().__init__()
            self.inner = nn.Sequential(*modules)

        def forward(self, x):
            return self.inner(x.transpose(1, 2)).transpose(1, 2)

    class Conformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = (
                nn.Sequential(nn.LayerNorm(256), nn.Linear(256, 1024), nn.SiLU(), nn.Linear(1024, 256))
                for _ in range(2))
            self.attention = nn.Sequential(nn.LayerNorm(256), Attention(256, 4))
            self.convolution = nn.Sequential(nn.LayerNorm(256), Channels(
                nn.Conv1d(256, 512, 1), nn.GLU(1), nn.Conv1d(256, 256, 31, padding=15, groups=256),
                nn.BatchNorm1d(256), nn.SiLU(), nn.Conv1d(256, 256, 1)))
            self.last = nn.LayerNorm(256)

        def forward(self, x):
            x = x + 0.5 * self.first(x)
            x = x + self.attention(x)
            x = x + self.convolution(x)
            return self.last(x + 0.5 * self.second(x))

    batch = options.batch_size
    frames_first, frames_second = (lambda f, n: (f, batch, n)), (lambda f, n: (batch, f, n))
    cases = {
        "convolution_2d": ((batch, 1, 800, 40), lambda: nn.Conv2d(1, 32, (11, 21), 2, (5, 10))),
        "convolution_2d_next": ((batch, 32, 400, 20), lambda: nn.Conv2d(32, 32, (11, 11), (1, 2), (5, 5))),
        "gru_512": (frames_first(400, 512), lambda: Recurrent(nn.GRU(512, 512))),
        "gru_1000": (frames_first(400, 1000), lambda: Recurrent(nn.GRU(1000, 1000))),
        "lstm_512_norm": (frames_first(400, 512), lambda: Recurrent(nn.LSTM(512, 512), nn.LayerNorm(512))),
        "attention_400": (frames_second(400, 256), lambda: Attention(256, 4)),
        "attention_1600": (frames_second(1600, 256), lambda: Attention(256, 4)),
        "attention_relative_400": (frames_second(400, 256), lambda: Attention(256, 4, relative=True)),
        "depthwise_31": ((batch, 256, 400), lambda: nn.Conv1d(256, 256, 31, padding=15, groups=256)),
        "conformer_256": (frames_second(400, 256), Conformer),
        "batch_normalization": ((batch, 256, 400), lambda: nn.BatchNorm1d(256)),
        "layer_normalization": (frames_first(400, 256), lambda: nn.LayerNorm(256)),
        "silu": (frames_first(400, 1024), nn.SiLU),
        "gelu": (frames_first(400, 1024), nn.GELU),
    }
    shape, make = cases[options.layer]
    network = make()
    # A graph's input has no gradient; functions without weights need one to have a way back.
    x = (torch.rand(*shape) * 2 - 1).requires_grad_(not list(network.parameters()))
    torch_timing.print_passages(torch, network, x, options.steps, options.precision)


main()
