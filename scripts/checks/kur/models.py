"""Small models compared with Kur's results: outputs within 1e-5."""
import pathlib
import subprocess

import numpy

VERSIONS = {"keras203tf": "2.0.3", "keras1th": "1.2.2"}


def difference(program, model, weights, output):
    command = [program, "kur", "predict", model / "kurfile.yml", "--weights", weights, "--input", model / "input.npz",
               "--output", output, "--keras-version", VERSIONS.get(model.name, "2.0.4")]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    found, expected = numpy.load(output), numpy.load(model / "output.npz")
    for name in expected:
        if name not in found or found[name].shape != expected[name].shape:
            return f"{name}: {found[name].shape if name in found else 'missing'}, expected {expected[name].shape}"
        distance = abs(found[name] - expected[name]).max()
        if not distance < 1e-5:
            return f"{name}: differs by {distance}"
    return None


def check(golden, program, scratch):
    count, problems = 0, []
    for model in sorted(path.parent for path in (pathlib.Path(golden) / "models").glob("*/*/output.npz")):
        for weights in model / "weights.npz", model / "weights":
            if not weights.exists() and weights.name == "weights":
                continue
            count += 1
            found = difference(program, model, weights, pathlib.Path(scratch) / "out.npz")
            if found:
                problems.append(f"{model.parent.name}/{model.name} ({weights.name}): {found}")
    return count, problems
