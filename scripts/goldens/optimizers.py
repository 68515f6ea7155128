#!/usr/bin/env python3
"""Remakes Tests/ParlaTestSupport/Fixtures/optimizers: five weights after each of 12 steps of PyTorch's optimisers.

Usage: optimizers.py FOLDER   (PyTorch 2.x, NumPy)
"""
import pathlib, sys
import numpy as np
import torch

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(7)
start = random.normal(size=5).astype(np.float32)
gradients = (random.normal(size=(12, 5)) * np.array([1, 0.1, 10, 1e-4, 1])).astype(np.float32)
gradients[4:7, 4] = 0
np.save(folder / "start.npy", start)
np.save(folder / "gradients.npy", gradients)

for name, make in {
    "adam": lambda weights: torch.optim.Adam([weights], lr=0.01, betas=(0.8, 0.99), eps=1e-12),
    "adamw": lambda weights: torch.optim.AdamW([weights], lr=0.01, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1),
    "sgd": lambda weights: torch.optim.SGD([weights], lr=0.1),
    "momentum": lambda weights: torch.optim.SGD([weights], lr=0.1, momentum=0.9),
    "nesterov": lambda weights: torch.optim.SGD([weights], lr=0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda weights: torch.optim.RMSprop([weights], lr=0.01, alpha=0.95, eps=1e-6),
    "rmsprop_momentum": lambda weights: torch.optim.RMSprop([weights], lr=0.01, alpha=0.99, eps=1e-8, momentum=0.5),
    "adadelta": lambda weights: torch.optim.Adadelta([weights], lr=1.0, rho=0.9, eps=1e-6),
}.items():
    weights = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimizer = make(weights)
    course = []
    for gradient in gradients:
        weights.grad = torch.from_numpy(gradient)
        optimizer.step()
        course.append(weights.detach().numpy().copy())
    np.save(folder / f"{name}.npy", np.stack(course))
