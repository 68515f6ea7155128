"""Times training steps of the PyTorch twin on random numbers, as `TrainingBenchmark step` does with Parla's.

Prints a line of JSON: seconds of wall and of processor time of a step, and the peak memory in MB.
"""

import torch_timing


def main():
    options = torch_timing.options(__doc__, n_hidden=512, frames=250, steps=3)
    torch = torch_timing.load(options.threads)
    from torch_twin import COEFFICIENTS, CONTEXT, make_network

    labels = 29
    network = make_network(options.n_hidden, labels, dropout=0.05)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-4)
    features = torch.rand(options.frames + 2 * CONTEXT, options.batch_size, COEFFICIENTS) * 2 - 1
    count = min(80, options.frames)
    targets = (torch.arange(count) % (labels - 1)).repeat(options.batch_size)
    frame_counts = torch.full((options.batch_size,), options.frames)
    label_counts = torch.full((options.batch_size,), count)

    def step():
        with torch_timing.autocast(torch, options.precision):
            logits = network(features)
        losses = torch.nn.functional.ctc_loss(
            logits.float().log_softmax(2), targets, frame_counts, label_counts, blank=labels - 1, reduction="none")
        optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        optimizer.step()

    torch_timing.print_steps(step, options.steps, peer=f"torch {torch.__version__}")


main()
