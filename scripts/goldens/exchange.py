"""Makes what TensorFlow says of the model files in Tests/ParlaTestSupport/Fixtures/exchange, and a model with layer normalisation.

Run from the project's root in Python 3.7 with tensorflow==1.15.5, protobuf<4, numpy<1.19: python scripts/goldens/exchange.py
"""
import os
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity("ERROR")
fixtures = "Tests/ParlaTestSupport/Fixtures/"
features = np.load(fixtures + "features/syn_noise.mfcc.npy")
padded = np.pad(features, [(9, 9), (0, 0)], mode="constant")
inputs = np.stack([padded[i:i + 19] for i in range(len(features))]).astype(np.float32)


def graph_probabilities():
    """The frozen graph, 16 frames at a time as libdeepspeech runs it."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(open(fixtures + "exchange/output_graph.pb", "rb").read())
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(definition, name="")
        units = session.graph.get_tensor_by_name("previous_state_c:0").shape.as_list()[1]
        cells = outputs = np.zeros([1, units], np.float32)
        found = []
        for start in range(0, len(inputs), 16):
            piece = inputs[start:start + 16]
            count = len(piece)
            piece = np.pad(piece, [(0, 16 - count), (0, 0), (0, 0)], mode="constant")[None]
            probabilities, cells, outputs = session.run(
                ["logits:0", "new_state_c:0", "new_state_h:0"],
                {"input_node:0": piece, "input_lengths:0": [count],
                 "previous_state_c:0": cells, "previous_state_h:0": outputs})
            found.append(probabilities.reshape(16, -1)[:count])
    return np.concatenate(found)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dequantized_probabilities():
    """The network of the model in bytes with each weight times its scale, in double precision."""
    lite = tf.lite.Interpreter(fixtures + "exchange/output_graph.tflite")
    lite.allocate_tensors()
    details = lite.get_tensor_details()

    def weight(shape):
        for item in details:
            if tuple(item["shape"]) == shape and item["dtype"] in (np.int8, np.float32):
                try:
                    values = lite.get_tensor(item["index"]).astype(np.float64)
                except ValueError:
                    continue
                yield item["name"], values * (item["quantization"][0] or 1)

    matrices = dict(pair for shape in [(100, 494), (100, 100), (400, 200), (29, 100)] for pair in weight(shape))
    biases = dict(pair for shape in [(100,), (400,), (29,)] for pair in weight(shape))

    def find(values, part):
        names = [name for name in values if part in name]
        assert len(names) == 1, (part, sorted(values))
        return values[names[0]]

    def dense(x, name):
        number = ["layer_1", "layer_2", "layer_3", "layer_5", "layer_6"].index(name)
        bias = biases["MatMul_bias" if number == 0 else f"MatMul_{number}_bias"]
        return x @ find(matrices, name + "/weights").T + bias

    x = inputs.reshape(len(inputs), -1).astype(np.float64)
    for name in ["layer_1", "layer_2", "layer_3"]:
        x = np.clip(dense(x, name), 0, 20)
    kernel, bias = find(matrices, "lstm_cell/kernel"), find(biases, "lstm_cell/MatMul")
    c = h = np.zeros(100)
    out = []
    for frame in x:
        i, j, f, o = np.split(np.concatenate([frame, h]) @ kernel.T + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    logits = dense(np.clip(dense(np.stack(out), "layer_5"), 0, 20), "layer_6")
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return (exponentials / exponentials.sum(1, keepdims=True)).astype(np.float32)


def normalized_model(folder, units=4, labels=3):
    """A checkpoint of DeepSpeech's network with layer normalisation, untrained, its frozen graph, and its probabilities."""
    random = np.random.RandomState(5)
    cell_name = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell"

    def variable(name, shape, middle=0.0):
        values = (random.uniform(-0.3, 0.3, shape) + middle).astype(np.float32)
        return tf.compat.v1.get_variable(name, initializer=values)

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        def dense(name, x, outputs, is_hidden=True):
            with tf.compat.v1.variable_scope(name):
                bias = variable("bias", [outputs])
                weights = variable("weights", [int(x.shape[-1]), outputs])
            x = tf.nn.bias_add(tf.matmul(x, weights), bias)
            if not is_hidden:
                return x
            x = tf.minimum(tf.nn.relu(x), 20.0)
            with tf.compat.v1.variable_scope(name):
                variable("LayerNorm/gamma", [units], 1.0)
                variable("LayerNorm/beta", [units])
            with tf.compat.v1.variable_scope(name, reuse=True):
                return tf.contrib.layers.layer_norm(x)

        x = tf.reshape(tf.constant(inputs), [-1, 494])
        for name in ["layer_1", "layer_2", "layer_3"]:
            x = dense(name, x, units)
        kernel = variable(cell_name + "/kernel", [2 * units, 4 * units])
        bias = variable(cell_name + "/bias", [4 * units])
        zeros = tf.zeros([units])
        state = tf.zeros([1, units])
        outputs = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.constant(len(inputs), tf.int64), x=tf.expand_dims(x, 1), cs_prev=state, h_prev=state,
            w=kernel, wci=zeros, wcf=zeros, wco=zeros, b=bias, forget_bias=0, cell_clip=-1, use_peephole=False)
        x = dense("layer_5", tf.reshape(outputs.h, [-1, units]), units)
        probabilities = tf.nn.softmax(dense("layer_6", x, labels, is_hidden=False), name="logits")
        tf.compat.v1.train.create_global_step()
        session.run(tf.compat.v1.global_variables_initializer())
        os.makedirs(folder, exist_ok=True)
        tf.compat.v1.train.Saver().save(
            session, folder + "/train", global_step=3, write_meta_graph=False)
        with open(folder + "/alphabet.txt", "w") as file:
            file.write(" \na\n")
        frozen = tf.compat.v1.graph_util.convert_variables_to_constants(session, session.graph_def, ["logits"])
        frozen.node.remove(next(node for node in frozen.node if node.name == "Const"))
        with open(folder + "/frozen.pb", "wb") as file:
            file.write(frozen.SerializeToString())
        return session.run(probabilities)


exchange = fixtures + "exchange/"
np.save(exchange + "output_graph.pb.probabilities.npy", graph_probabilities())
np.save(exchange + "output_graph.tflite.probabilities.npy", dequantized_probabilities())
np.save(exchange + "layer_norm/probabilities.npy", normalized_model(exchange + "layer_norm"))
