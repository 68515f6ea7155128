"""Runs an exported graph by TensorFlow 1.15 as libdeepspeech does, 16 frames at a time, and compares.

tensorflow_graph.py GRAPH FEATURES PROBABILITIES: features with context [frames, inputs], Parla's probabilities.
"""
import sys
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity("ERROR")
graph = tf.compat.v1.GraphDef()
graph.ParseFromString(open(sys.argv[1], "rb").read())
tf.import_graph_def(graph, name="")
features, expected = np.load(sys.argv[2]), np.load(sys.argv[3])
found = []
with tf.compat.v1.Session() as session:
    operations = session.graph
    shape = operations.get_tensor_by_name("input_node:0").shape.as_list()
    units = operations.get_tensor_by_name("previous_state_c:0").shape.as_list()[1]
    cells = outputs = np.zeros([1, units], np.float32)
    for start in range(0, len(features), shape[1]):
        piece = features[start:start + shape[1]]
        count = len(piece)
        piece = np.pad(piece, [(0, shape[1] - count), (0, 0)], mode="constant")
        probabilities, cells, outputs = session.run(
            ["logits:0", "new_state_c:0", "new_state_h:0"],
            {"input_node:0": piece.reshape(shape), "input_lengths:0": [count],
             "previous_state_c:0": cells, "previous_state_h:0": outputs})
        found.append(probabilities.reshape(shape[1], -1)[:count])
found = np.concatenate(found)
difference = float(np.abs(found - expected).max())
print(f"        tensorflow {tf.__version__}: {len(found)} frames, largest difference {difference:.1e}")
sys.exit(0 if found.shape == expected.shape and difference <= 1e-3 else 1)
