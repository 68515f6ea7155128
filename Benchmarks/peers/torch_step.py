"""Times training steps of the PyTorch twin on random numbers, as `TrainingBenchmark step` does with Parla's.

Prints a line of JSON: seconds of wall and of processor time of a step, and the peak memory in MB.
"""

import argparse
import json
import os
import resource
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("n-hidden", 512), ("batch-size", 16), ("frames", 250), ("threads", 1), ("steps", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--precision", choices=["bf16", "float32"], default="float32")
    options = parser.parse_args()
    # Thread pools read their environment when the library is loaded.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    import torch
    from torch_twin import COEFFICIENTS, CONTEXT, make_network

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    labels = 29
    network = make_network(options.n_hidden, labels, dropout=0.05)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-4)
    features = torch.rand(options.frames + 2 * CONTEXT, options.batch_size, COEFFICIENTS) * 2 - 1
    count = min(80, options.frames)
    targets = (torch.arange(count) % (labels - 1)).repeat(options.batch_size)
    frame_counts = torch.full((options.batch_size,), options.frames)
    label_counts = torch.full((options.batch_size,), count)

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
            logits = network(features)
        losses = torch.nn.functional.ctc_loss(
            logits.float().log_softmax(2), targets, frame_counts, label_counts, blank=labels - 1, reduction="none")
        optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        optimizer.step()

    step()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(options.steps):
        step()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({
        "wall": wall / options.steps, "cpu": cpu / options.steps,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "peer": f"torch {torch.__version__}"}))


main()
