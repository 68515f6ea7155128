"""Runs an exported model by ONNX Runtime, pieces of unequal length with the states carried over, and compares.

onnx_runtime.py MODEL FEATURES PROBABILITIES: features with context [frames, inputs], Parla's probabilities [frames, labels].
"""
import json, sys
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
features, expected = np.load(sys.argv[2]), np.load(sys.argv[3])
inputs = {item.name: item.shape for item in session.get_inputs()}
names = [item.name for item in session.get_outputs()]
states = {
    name: np.zeros([1 if axis == "batch" else axis for axis in shape], np.float32)
    for name, shape in inputs.items() if name.startswith("previous_state_")
}
found, start = [], 0
lengths = [16, 1, 7, 40]
while start < len(features):
    piece = features[start:start + lengths[len(found) % len(lengths)], None]
    outputs = dict(zip(names, session.run(None, {"frames": piece, **states})))
    found.append(outputs["probabilities"][:, 0])
    states = {name: outputs[name.replace("previous", "new")] for name in states}
    start += len(piece)
found = np.concatenate(found)
difference = float(np.abs(found - expected).max())
print(f"        onnxruntime {onnxruntime.__version__}: {len(found)} frames in pieces, largest difference {difference:.1e}")
alphabet = json.loads(session.get_modelmeta().custom_metadata_map["alphabet"])
if len(alphabet) + 1 != found.shape[1]:
    sys.exit(f"an alphabet of {len(alphabet)} labels for {found.shape[1]} outputs")
sys.exit(0 if found.shape == expected.shape and difference <= 1e-4 else 1)
