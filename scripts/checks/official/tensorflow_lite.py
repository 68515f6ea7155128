"""Runs an exported model by TensorFlow 1.15's Lite interpreter, 16 frames at a time, and compares.

tensorflow_lite.py MODEL FEATURES PROBABILITIES: features with context [frames, inputs], Parla's probabilities.
"""
import sys
import numpy as np
import tensorflow as tf

interpreter = tf.lite.Interpreter(sys.argv[1])
interpreter.allocate_tensors()
features, expected = np.load(sys.argv[2]), np.load(sys.argv[3])
inputs = {item["name"]: item for item in interpreter.get_input_details()}
outputs = {item["name"]: item for item in interpreter.get_output_details()}
shape = inputs["input_node"]["shape"]
states = {name: np.zeros(inputs["previous_state_" + name]["shape"], np.float32) for name in "ch"}
samples = inputs["input_samples"]
interpreter.set_tensor(samples["index"], np.zeros(samples["shape"], np.float32))
found = []
for start in range(0, len(features), shape[1]):
    piece = features[start:start + shape[1]]
    count = len(piece)
    piece = np.pad(piece, [(0, shape[1] - count), (0, 0)], mode="constant")
    interpreter.set_tensor(inputs["input_node"]["index"], piece.reshape(shape))
    for name, value in states.items():
        interpreter.set_tensor(inputs["previous_state_" + name]["index"], value)
    interpreter.invoke()
    found.append(interpreter.get_tensor(outputs["logits"]["index"]).reshape(shape[1], -1)[:count])
    states = {name: interpreter.get_tensor(outputs["new_state_" + name]["index"]) for name in "ch"}
found = np.concatenate(found)
difference = float(np.abs(found - expected).max())
print(f"        tensorflow lite {tf.__version__}: {len(found)} frames, largest difference {difference:.1e}")
sys.exit(0 if found.shape == expected.shape and difference <= 1e-3 else 1)
