"""Runs models of ONNX over recordings that come in pieces, what they remember carried over, and stores what comes out.

onnx_pieces.py JOBS: a JSON list of {model, inputs: {name: array}, pieces: [frames, …], lengths: [frames, …] or nothing,
outputs: {name: array}}; arrays are files of NumPy, [frames, batch, numbers]. An empty list of pieces stands for the whole at once.
"""
import json, sys
import numpy as np, onnxruntime

TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}


def initial(item, batch):
    """What a state is before the first piece: zeros, and no rows along an axis of free length."""
    shape = [batch if axis == "batch" else 0 if isinstance(axis, str) else axis for axis in item.shape]
    return np.zeros(shape, TYPES[item.type])


def run(job):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    # Weights in bytes become floats and no more; by default activations are rounded as well.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    inputs = {name: np.load(path) for name, path in job["inputs"].items()}
    length, batch = next(iter(inputs.values())).shape[:2]
    described = {item.name: item for item in session.get_inputs()}
    states = {
        name: initial(item, batch) for name, item in described.items() if name.startswith("previous_state_")
    }
    names = [item.name for item in session.get_outputs()]
    pieces = job["pieces"] or [length]
    found, start = {name: [] for name in job["outputs"]}, 0
    for number, count in enumerate(pieces):
        fed = {name: values[start:start + count] for name, values in inputs.items()}
        if job.get("lengths"):
            fed["lengths"] = np.array(job["lengths"], np.int64)
        if "is_last" in described:
            fed["is_last"] = np.array(number + 1 == len(pieces))
        results = dict(zip(names, session.run(None, {**fed, **states})))
        for name, parts in found.items():
            parts.append(results[name])
        states = {name: results[name.replace("previous", "new")] for name in states}
        start += count
    assert start == length, f"pieces of {start} frames for {length}"
    for name, path in job["outputs"].items():
        np.save(path, np.concatenate(found[name]))


failed = 0
for job in json.load(open(sys.argv[1])):
    try:
        run(job)
    except Exception as error:
        failed += 1
        print(f"{job['model']}: {error}", file=sys.stderr)
sys.exit(1 if failed else 0)
