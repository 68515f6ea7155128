#!/usr/bin/env python3
"""What four steps of training make of a Kurfile's model, by PyTorch in double precision and Keras' formulas.

kur_steps.py FIXTURES: reads kur/training/optimisers.npz there and writes kur/training/steps-torch.npz.

For the cases below Kur's own run deviates: its output layer is right to 1e-7 and the layers below are not, because TensorFlow 1
updated the upper weights before the gradients of the lower ones had read them. The other cases of optimisers.npz agree with these
formulas to 1e-6.
"""
import sys

import numpy as np
import torch

CASES = ["adam_default", "frozen_recurrent", "sgd_nesterov_decay", "sgd_scale_rate_linear"]
STEPS, OUTPUT_FRAMES, BLANK = 4, 8, 4


def hard_sigmoid(x):
    return torch.clamp(0.2 * x + 0.5, 0, 1)


def loss(weights, batch):
    x = torch.tensor(batch["utterance"], dtype=torch.float64)
    windows = [torch.einsum("btc,tco->bo", x[:, 2 * t : 2 * t + 3], weights["front+front_kernel:0"]) for t in range(OUTPUT_FRAMES)]
    y = torch.relu(torch.stack(windows, 1) + weights["front+front_bias:0"])
    gamma, beta, mean, variance = (weights[f"norm+norm_{name}:0"] for name in ("gamma", "beta", "moving_mean", "moving_variance"))
    y = (y - mean) / torch.sqrt(variance + 1e-3) * gamma + beta
    kernel, recurrent, bias = (weights[f"memory+memory_{name}:0"] for name in ("kernel", "recurrent_kernel", "bias"))
    state, states = torch.zeros(len(x), 6, dtype=torch.float64), []
    for t in range(OUTPUT_FRAMES):
        sums = y[:, t] @ kernel + bias
        update = hard_sigmoid(sums[:, :6] + state @ recurrent[:, :6])
        reset = hard_sigmoid(sums[:, 6:12] + state @ recurrent[:, 6:12])
        candidate = torch.tanh(sums[:, 12:] + (reset * state) @ recurrent[:, 12:])
        state = update * state + (1 - update) * candidate
        states.append(state)
    dense = "out_..dense.0_0_0+out_..dense.0_0_0"
    outputs = torch.stack(states, 1) @ weights[f"{dense}_kernel:0"] + weights[f"{dense}_bias:0"]
    logarithms = torch.log_softmax(torch.log(torch.softmax(outputs, -1) + 1e-8), -1)
    transcripts, frames, labels = (
        torch.tensor(batch[name].astype(np.int64)) for name in ("transcript", "utterance_length", "transcript_length")
    )
    losses = torch.nn.functional.ctc_loss(
        logarithms.transpose(0, 1), transcripts, frames[:, 0], labels[:, 0], blank=BLANK, reduction="none"
    )
    return losses.mean()


def train(case, initial, batches):
    learns = lambda name: "moving" not in name and not (case == "frozen_recurrent" and name.startswith("memory"))
    weights = {name: torch.tensor(value, dtype=torch.float64, requires_grad=learns(name)) for name, value in initial.items()}
    names = [name for name in weights if learns(name)]
    first, second = ({name: 0.0 for name in names} for _ in range(2))
    losses = []
    for step, batch in enumerate(batches):
        value = loss(weights, batch)
        losses.append(value.item())
        gradients = torch.autograd.grad(value, [weights[name] for name in names])
        with torch.no_grad():
            for name, gradient in zip(names, gradients):
                if case == "adam_default":
                    rate = 0.001 * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
                    first[name] = 0.9 * first[name] + 0.1 * gradient
                    second[name] = 0.999 * second[name] + 0.001 * gradient**2
                    weights[name] -= rate * first[name] / (torch.sqrt(second[name]) + 1e-8)
                elif case == "sgd_nesterov_decay":
                    rate = 0.05 / (1 + 0.1 * (step + 1))
                    first[name] = 0.8 * first[name] - rate * gradient
                    weights[name] += 0.8 * first[name] - rate * gradient
                else:
                    scale = batch["factor"].mean() if case == "sgd_scale_rate_linear" else 1
                    weights[name] -= 0.05 * float(scale) * gradient
    return losses, weights


def main(fixtures):
    source = np.load(f"{fixtures}/kur/training/optimisers.npz")
    part = lambda prefix: {name[len(prefix) :]: source[name] for name in source.files if name.startswith(prefix)}
    batches = [part(f"batch|{step}.") for step in range(STEPS)]
    arrays = {}
    for case in CASES:
        losses, weights = train(case, part("initial|"), batches)
        arrays[f"{case}|losses"] = np.array(losses, np.float32)
        for name, value in weights.items():
            arrays[f"{case}|{name}"] = value.detach().numpy().astype(np.float32)
    np.savez(f"{fixtures}/kur/training/steps-torch.npz", **arrays)


main(*sys.argv[1:])
