#!/usr/bin/env python3
"""Remakes Tests/ParlaTestSupport/Fixtures/pickles: what Python and NumPy write by each protocol, and what it is.

Usage: pickles.py FOLDER   (CPython 3.11, NumPy 2.4)
"""
import collections, json, pathlib, pickle, struct, sys
import numpy as np


def spelled(value):
    """A value as the tests spell it: texts and bytes in hexadecimal digits, floats by their bits."""
    match value:
        case float(): return "f" + struct.pack(">d", value).hex()
        case str(): return "t" + value.encode().hex()
        case bytes() | bytearray(): return "b" + bytes(value).hex()
        case tuple(): return "(" + ", ".join(map(spelled, value)) + ")"
        case list(): return "[" + ", ".join(map(spelled, value)) + "]"
        case dict(): return "{" + ", ".join(f"{spelled(k)}: {spelled(v)}" for k, v in value.items()) + "}"
        case _: return str(value)


shared = [1, "shared"]
kinds = {
    "none": None, "truths": [True, False],
    "numbers": [0, -1, 255, 256, 65535, 65536, -2**31, 2**31, 2**62, -2**63, 2**63 - 1],
    "floats": [0.5, -1e300, 5e-324, float("inf"), float("nan"), -0.0],
    "texts": ["", "a", "åß\x7f\xff", "a\\u0041\\x41\n\r\0\x1a'\"", "\U0001f98a", "x" * 300],
    "bytes": [b"", b"a", bytes(range(256))], "changeable": bytearray(b"\0\xffz"),
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], "lists": [[], [[]], [1, [2, [3]]], list(range(1001))],
    "mappings": {"empty": {}, 3: "three", (1, "a"): None, "many": {str(i): i for i in range(260)}},
    "ordered": collections.OrderedDict([("z", 1), ("a", 2)]), "shared": [shared, shared],
}
arrays = {
    "double": np.array([0.5, -1, 0.1]), "single": np.float32([[0.5, 1], [2, 3], [4, 5]]),
    "half": np.float16([0.1, -2, 6e-8]), "swapped": np.array([1.5, 2.5, -3], ">f8"),
    "small": np.int8([-128, 0, 127]), "short": np.array([-2, 300, 5], ">i2"), "unsigned": np.uint32([0, 1, 2**32 - 1]),
    "wide": np.int64([-2**53, 0, 2**53]), "huge": np.uint64([0, 1, 2**64 - 1]), "truths": np.array([True, False, True]),
    "columns": np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    "turned": np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), "sliced": np.arange(12).reshape(3, 4)[:, ::2],
    "texts": np.array(["", "å", "abc"]), "bytes": np.array([b"a", b"bc", b""]),
    "objects": np.array([[1], [2, 3], [4]], dtype=object), "scalars": [np.float32(0.5), np.int16(-2), np.bool_(True)],
    "names": [np.str_("a"), np.str_("é"), "c"], "empty": np.zeros((3, 0)), "rows": [np.arange(2), np.arange(2), np.arange(2)],
}

small = {"a": np.array([1.5, 2]), "b": ("x", b"y", 3, None), "c": [np.float32(1)]}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for protocol in range(6):
    (folder / f"kinds-{protocol}.pkl").write_bytes(pickle.dumps(kinds, protocol))
    (folder / f"arrays-{protocol}.pkl").write_bytes(pickle.dumps(arrays, protocol))
    (folder / f"small-{protocol}.pkl").write_bytes(pickle.dumps(small, protocol))
(folder / "kinds.txt").write_text(spelled(kinds) + "\n")
(folder / "arrays.json").write_text(json.dumps(
    {name: {"shape": np.shape(value), "values": [x if isinstance(x, str) else x.decode() if isinstance(x, bytes) else float(x) for x in np.ravel(value).tolist()]}
     for name, value in arrays.items() if name != "objects"}) + "\n")
