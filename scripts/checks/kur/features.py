"""Spectra and cepstra of recordings compared with Kur's: 1e-5, relative to numbers above 1."""
import json
import pathlib
import re
import subprocess

import numpy

# Kur divides the first by 2 to the power of 31, and takes 128 for silence in the other; here both are as loud as they are.
OTHER_LOUDNESS = {"float32", "uint8"}


def check(golden, program, scratch):
    count, problems = 0, []
    golden, output = pathlib.Path(golden), pathlib.Path(scratch) / "found.npy"
    clips = json.loads((golden / "features" / "features.json").read_text())["clips"]
    for name, clip in sorted(clips.items()):
        if name in OTHER_LOUDNESS or not (golden / "features" / f"{name}.npz").exists():
            continue
        path = golden / "features" / "clips" / f"{name}.wav"
        path = path if path.exists() else golden.parent / "audio" / clip["source"]
        for key, expected in numpy.load(golden / "features" / f"{name}.npz").items():
            kind, limit = re.fullmatch(r"(spec|mfcc)(?:_all|_cut(\d+))?", key).groups() if key != "raw" else (None, None)
            if kind is None:
                continue
            frequency = limit or (None if key in ("spec_all", "mfcc") else "8000")
            count += 1
            run = subprocess.run(
                [program, "features", path, "--type", f"kur-{kind}", "--output", output]
                + (["--max-frequency", frequency] if frequency else []), capture_output=True, text=True)
            found = numpy.load(output) if run.returncode == 0 else None
            if found is None:
                problems.append(f"{name}: {key}: {run.stderr.strip()}")
            elif found.shape != expected.shape:
                problems.append(f"{name}: {key}: shape {found.shape}, expected {expected.shape}")
            elif not (abs(found - expected) <= 1e-5 * numpy.maximum(1, abs(expected))).all():
                problems.append(f"{name}: {key}: differs by {abs(found - expected).max()}")
    return count, problems
