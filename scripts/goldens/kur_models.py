#!/usr/bin/env python3
"""Remakes Tests/ParlaTestSupport/Fixtures/kur/models-kur-0.7.{json,npy} from what Kur 0.7 made of small models.

Usage: kur_models.py FOLDER. In FOLDER/CASE/BACKEND lie kurfile.yml, weights.npz, input.npz and output.npz, written by Kur; or
error.json where Kur fails. All numbers stand in one array, one model after another. Needs NumPy.
"""
import json
import pathlib
import sys

import numpy

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ParlaTestSupport/Fixtures/kur"
models, numbers, place = [], [], 0
for folder in sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/*/kurfile.yml")):
    model = {"case": folder.parent.name, "backend": folder.name, "kurfile": (folder / "kurfile.yml").read_text()}
    if (folder / "error.json").exists():
        model["error"] = json.loads((folder / "error.json").read_text())["error"]
    else:
        for part in "weights", "input", "output":
            model[part] = []
            path = folder / f"{part}.npz"
            for name, array in sorted(numpy.load(path).items()) if path.exists() else []:
                model[part].append({"name": name, "shape": array.shape, "start": place})
                numbers.append(array.astype("float32").ravel())
                place += array.size
    models.append(model)
(FIXTURES / "models-kur-0.7.json").write_text(json.dumps(models, indent=0) + "\n")
numpy.save(FIXTURES / "models-kur-0.7.npy", numpy.concatenate(numbers))
