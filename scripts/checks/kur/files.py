"""Kur's files, read without Kur: IDX arrays, folders of weights and logs, pickles of results."""
import pathlib
import pickle

import numpy

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def idx(path):
    data = pathlib.Path(path).read_bytes()
    shape = numpy.frombuffer(data, ">i4", data[3], 4)
    return numpy.frombuffer(data, TYPES[data[2]], offset=4 + 4 * data[3]).reshape(shape)


def folder(path, ending=""):
    """The arrays of a folder of weights (ending .kur) or of a log."""
    return {file.name: idx(file) for file in pathlib.Path(path).iterdir()
            if file.name.endswith(ending) and file.name not in ("summary.yml", "training.safetensors")}


def different(found, expected, tolerance, ignored=lambda name: False):
    """What differs between two mappings of names to arrays."""
    problems = [f"{name} is {'missing' if name in expected else 'too much'}"
                for name in sorted(found.keys() ^ expected.keys())]
    for name in sorted(found.keys() & expected.keys()):
        a, b = found[name], expected[name]
        if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
            problems.append(f"{name}: {a.dtype} {a.shape}, expected {b.dtype} {b.shape}")
        elif not ignored(name) and a.size:
            distance = numpy.abs(a.astype(float) - b).max()
            if not distance <= tolerance * max(1.0, float(numpy.abs(b).max())):
                problems.append(f"{name}: differs by {distance}")
    return problems


def result(path):
    """The arrays of a pickle that evaluate has written."""
    with open(path, "rb") as file:
        return pickle.load(file)["result"]
