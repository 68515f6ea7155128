"""What the programs that time PyTorch share: options, threads, and the line of JSON that they print."""

import argparse
import json
import os
import resource
import time


def options(description, add=lambda parser: None, **numbers):
    """The options that all have, those that `add` adds, and `numbers` with their defaults."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    add(parser)
    for name, value in {"batch_size": 16, "threads": 1, **numbers}.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--precision", choices=["bf16", "float32"], default="float32")
    return parser.parse_args()


def load(threads):
    """PyTorch with so many threads. Thread pools read their environment when the library is loaded."""
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    return torch


def autocast(torch, precision):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")


def print_steps(step, count, **more):
    """Times `count` steps after one that is not timed, and prints seconds of wall and processor time, and the peak memory in MB."""
    step()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        step()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"wall": wall / count, "cpu": cpu / count,
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **more}))


def print_passages(torch, network, x, count, precision):
    """Times passages there and back, and prints the milliseconds of the best one after the first, and its processor time."""
    best = None
    for step in range(count + 1):
        network.zero_grad(set_to_none=True)
        start, cpu = time.perf_counter(), time.process_time()
        with autocast(torch, precision):
            y = network(x)
        middle, cpu_middle = time.perf_counter(), time.process_time()
        gradient = torch.full_like(y, 0.01)
        between, cpu_between = time.perf_counter(), time.process_time()
        y.backward(gradient)
        end, cpu_end = time.perf_counter(), time.process_time()
        found = {"forwards": 1000 * (middle - start), "backwards": 1000 * (end - between),
                 "cpu": 1000 * (cpu_end - cpu_between + cpu_middle - cpu)}
        if step > 0 and (best is None or found["forwards"] + found["backwards"] < best["forwards"] + best["backwards"]):
            best = found
    print(json.dumps(best))
