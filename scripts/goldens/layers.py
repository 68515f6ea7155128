#!/usr/bin/env python3
"""Remakes Tests/ParlaTestSupport/Fixtures/layers and graphs: what PyTorch makes of layers, forwards and backwards.

Usage: layers.py [NAME...]. Needs PyTorch 2.11 or 2.15 and NumPy 2.4.6. A function for each golden; sequences go through one at a time, so
that lengths are exact. Parameters stand in Parla's layout and are brought into PyTorch's here.
"""
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ParlaTestSupport/Fixtures/layers"
GOLDENS = {}


def golden(function):
    GOLDENS[function.__name__] = function
    return function


def numbers(tensor):
    values = [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def batched(sequences):
    """Sequences side by side: [frames, batch, features], zeros beyond their ends."""
    flat = [sequence.reshape(len(sequence), -1) for sequence in sequences]
    result = torch.zeros(max(map(len, flat)), len(flat), flat[0].shape[1])
    for number, sequence in enumerate(flat):
        result[: len(sequence), number] = sequence
    return result


def random(*shape, bound=1.0):
    return ((torch.rand(*shape) * 2 - 1) * bound).requires_grad_()


def write(name, kind, fields, axes, parameters, function, buffers=(), moved=(), lengths=(7, 5, 3), bound=1.0,
          given=None, nodes=None):
    """`function` takes, for each input, a list of sequences, and returns a list of sequences; `given` are inputs without gradients."""
    inputs = given or [[random(length, *shape, bound=bound) for length in lengths] for shape in axes]
    outputs = function(inputs)
    directions = [random(*output.shape) for output in outputs]
    sum((output * direction).sum() for output, direction in zip(outputs, directions)).backward()
    document = {
        "kind": kind,
        "fields": fields,
        "axes": axes,
        "lengths": list(lengths),
        "inputs": [numbers(batched(sequences)) for sequences in inputs],
        "parameters": [numbers(parameter) for parameter in parameters],
        "buffers": [numbers(buffer) for buffer in buffers],
        "outputLengths": [len(output) for output in outputs],
        "output": numbers(batched(outputs)),
        "direction": numbers(batched(directions)),
        "inputGradients": [
            numbers(batched([torch.zeros_like(x) if given else x.grad for x in sequences])) for sequences in inputs
        ],
        "gradients": [numbers(parameter.grad) for parameter in parameters],
        "movedBuffers": [numbers(buffer) for buffer in moved],
    }
    folder = FOLDER if nodes is None else FOLDER.parent / "graphs"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document | ({"nodes": nodes} if nodes else {})) + "\n")


# Convolutions


def convolution_1d_golden(name, channels, outputs, size, stride, dilation, groups, before, after, fields):
    weight, bias = random(outputs, size * channels // groups), random(outputs)

    def run(inputs):
        kernel = weight.view(outputs, size, channels // groups).permute(0, 2, 1)
        return [
            F.conv1d(
                F.pad(x.T[None], (before, after)), kernel, bias, stride, 0, dilation, groups
            )[0].T
            for x in inputs[0]
        ]

    fields = {"channels": outputs, "size": size, "stride": stride, "dilation": dilation,
              "groups": groups, **fields}
    write(name, "convolution_1d", fields, [[channels]], [weight, bias], run)


@golden
def convolution_1d_same():
    convolution_1d_golden("convolution_1d_same", 4, 6, 3, 2, 1, 1, 1, 1, {"padding": "same"})


@golden
def convolution_1d_causal():
    convolution_1d_golden(
        "convolution_1d_causal", 4, 4, 2, 1, 2, 2, 2, 0, {"padding": "causal"})


@golden
def convolution_1d_valid():
    convolution_1d_golden("convolution_1d_valid", 3, 5, 2, 3, 1, 1, 0, 0, {"padding": "valid"})


@golden
def convolution_1d_depthwise():
    convolution_1d_golden("convolution_1d_depthwise", 4, 4, 3, 1, 1, 4, 0, 2,
                          {"padding": "valid", "pad_after": 2})


@golden
def convolution_1d_depthwise_wide():
    convolution_1d_golden("convolution_1d_depthwise_wide", 70, 70, 3, 2, 2, 70, 2, 1,
                          {"pad_before": 2, "pad_after": 1})


def weight_norm_golden(name, axis, count, norm):
    """Even windows in two groups, with lengths along an axis of PyTorch's weights [outputs, channels, steps]."""
    channels, outputs, size, groups = 6, 4, 4, 2
    weight, bias, lengths = random(outputs, size * channels // groups), random(outputs), random(count)
    shape = [1, 1, 1]
    shape[axis] = count

    def run(inputs):
        direction = weight.view(outputs, size, channels // groups).permute(0, 2, 1)
        kernel = torch._weight_norm(direction, lengths.view(shape), axis)
        return [F.conv1d(F.pad(x.t()[None], (2, 1)), kernel, bias, groups=groups)[0].t() for x in inputs[0]]

    fields = {"channels": outputs, "size": size, "groups": groups, "pad_before": 2, "pad_after": 1, "weight_norm": norm}
    write(name, "convolution_1d", fields, [[channels]], [weight, bias, lengths], run)


@golden
def convolution_1d_weight_norm():
    weight_norm_golden("convolution_1d_weight_norm", 2, 4, "step")


@golden
def convolution_1d_weight_norm_output():
    weight_norm_golden("convolution_1d_weight_norm_output", 0, 4, "output")


@golden
def convolution_2d():
    channels, outputs, height = 2, 3, 5
    weight, bias = random(outputs, 3 * 3 * channels), random(outputs)

    def run(inputs):
        kernel = weight.view(outputs, 3, 3, channels).permute(0, 3, 1, 2)
        return [
            F.conv2d(
                F.pad(x.permute(2, 0, 1)[None], (1, 1, 1, 1)), kernel, bias, (2, 2)
            )[0].permute(1, 2, 0)
            for x in inputs[0]
        ]

    fields = {"channels": outputs, "size": [3, 3], "stride": [2, 2], "padding": "same",
              "height_padding": "same"}
    write("convolution_2d", "convolution_2d", fields, [[height, channels]], [weight, bias], run)


@golden
def convolution_2d_valid():
    channels, outputs, height = 4, 4, 6
    weight = random(outputs, 2 * 2 * channels // 2)

    def run(inputs):
        kernel = weight.view(outputs, 2, 2, channels // 2).permute(0, 3, 1, 2)
        return [
            F.conv2d(x.permute(2, 0, 1)[None], kernel, None, 1, 0, (1, 2), 2)[0].permute(1, 2, 0)
            for x in inputs[0]
        ]

    fields = {"channels": outputs, "size": [2, 2], "dilation": [1, 2], "groups": 2,
              "padding": "valid", "height_padding": "valid", "bias": False}
    write("convolution_2d_valid", "convolution_2d", fields, [[height, channels]], [weight], run)


@golden
def row_convolution():
    weight = random(3, 4)

    def run(inputs):
        return [
            F.conv1d(F.pad(x.T[None], (0, 2)), weight.T[:, None], None, groups=4)[0].T
            for x in inputs[0]
        ]

    write("row_convolution", "row_convolution", {"look_ahead": 2}, [[4]], [weight], run)


@golden
def convolution_3d():
    channels, outputs = 2, 3
    weight, bias = random(outputs, 3 * 2 * 2 * channels), random(outputs)

    def run(inputs):
        kernel = weight.view(outputs, 3, 2, 2, channels).permute(0, 4, 1, 2, 3)
        return [
            F.conv3d(F.pad(x.permute(3, 0, 1, 2)[None], (0, 1, 0, 1, 1, 1)), kernel, bias, (2, 1, 2))[0]
            .permute(1, 2, 3, 0)
            for x in inputs[0]
        ]

    fields = {"channels": outputs, "size": [3, 2, 2], "stride": [2, 1, 2]}
    write("convolution_3d", "convolution_3d", fields, [[3, 4, channels]], [weight, bias], run)


@golden
def row_convolution_bias():
    weight, bias = random(3, 4), random(4)

    def run(inputs):
        return [
            F.conv1d(F.pad(x.T[None], (0, 2)), weight.T[:, None], bias, groups=4)[0].T
            for x in inputs[0]
        ]

    fields = {"look_ahead": 2, "bias": True}
    write("row_convolution_bias", "row_convolution", fields, [[4]], [weight, bias], run)


# Dense layers


@golden
def embedding():
    vectors = random(6, 3)
    given = [[torch.randint(6, (length, 2)).float() for length in (7, 5, 3)]]
    write("embedding", "embedding", {"vocabulary": 6, "size": 3}, [[2]], [vectors],
          lambda inputs: [F.embedding(x.long(), vectors) for x in inputs[0]], given=given)


@golden
def highway():
    weight, bias = random(8, 4), random(8)

    def run(inputs):
        sums = [(x, *F.linear(x, weight, bias).chunk(2, dim=1)) for x in inputs[0]]
        return [torch.lerp(x, F.relu(h), torch.sigmoid(t)) for x, h, t in sums]

    write("highway", "highway", {}, [[4]], [weight, bias], run)


@golden
def highway_merge():
    def run(inputs):
        return [torch.lerp(x, F.relu(h), torch.sigmoid(t)) for x, h, t in zip(*inputs)]

    write("highway_merge", "highway_merge", {}, [[4], [4], [4]], [], run)


# Recurrent layers


def recurrent(module, parameters, suffixes, gates):
    """A recurrent module of PyTorch with Parla's parameters, of which each direction has its own."""
    units = module.hidden_size
    named = {}
    count = len(parameters) // len(suffixes)
    for index, suffix in enumerate(suffixes):
        own = parameters[index * count : (index + 1) * count]
        zeros = torch.zeros(gates * units)
        other = zeros if count < 4 else torch.cat([zeros[: 2 * units], own[3]])
        named |= {"weight_ih_l0" + suffix: own[0], "weight_hh_l0" + suffix: own[1],
                  "bias_ih_l0" + suffix: own[2], "bias_hh_l0" + suffix: other}
    return lambda x: torch.func.functional_call(module, named, (x[:, None],))[0][:, 0]


def gru_parameters(inputs, units):
    return [random(3 * units, inputs), random(3 * units, units), random(3 * units), random(units)]


@golden
def gru():
    parameters = gru_parameters(5, 4)
    run = recurrent(torch.nn.GRU(5, 4), parameters, [""], 3)
    write("gru", "gru", {"size": 4}, [[5]], parameters, lambda inputs: [run(x) for x in inputs[0]])


@golden
def lstm():
    parameters = [random(16, 5), random(16, 4), random(16)]
    run = recurrent(torch.nn.LSTM(5, 4), parameters, [""], 4)
    write("lstm", "lstm", {"size": 4}, [[5]], parameters, lambda inputs: [run(x) for x in inputs[0]])


@golden
def bidirectional():
    parameters = gru_parameters(5, 4) + gru_parameters(5, 4)
    run = recurrent(torch.nn.GRU(5, 4, bidirectional=True), parameters, ["", "_reverse"], 3)
    write("bidirectional", "bidirectional", {"type": "gru", "size": 4}, [[5]], parameters,
          lambda inputs: [run(x) for x in inputs[0]])


@golden
def bidirectional_multiply():
    parameters = [random(16, 5), random(16, 4), random(16), random(16, 5), random(16, 4), random(16)]
    run = recurrent(torch.nn.LSTM(5, 4, bidirectional=True), parameters, ["", "_reverse"], 4)

    def multiplied(inputs):
        return [run(x)[:, :4] * run(x)[:, 4:] for x in inputs[0]]

    write("bidirectional_multiply", "bidirectional",
          {"type": "lstm", "size": 4, "merge": "multiply"}, [[5]], parameters, multiplied)


@golden
def simple_rnn():
    parameters = [random(4, 5), random(4, 4), random(4)]
    run = recurrent(torch.nn.RNN(5, 4), parameters, [""], 1)
    write("simple_rnn", "simple_rnn", {"size": 4}, [[5]], parameters,
          lambda inputs: [run(x) for x in inputs[0]])


@golden
def simple_rnn_relu():
    parameters = [random(4, 5), random(4, 4), random(4)]
    run = recurrent(torch.nn.RNN(5, 4, nonlinearity="relu"), parameters, [""], 1)
    write("simple_rnn_relu", "simple_rnn", {"size": 4, "activation": "relu"}, [[5]], parameters,
          lambda inputs: [run(x) for x in inputs[0]])


FUNCTIONS = {"relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softsign": F.softsign, "elu": F.elu,
             "softplus": F.softplus, "hard_sigmoid": lambda x: (0.2 * x + 0.5).clamp(0, 1)}


def keras_gru_golden(name, gate, function):
    weight, recurrent, bias = random(12, 5), random(12, 4), random(12)

    def run(x):
        state, outputs = torch.zeros(4), []
        for frame in F.linear(x, weight, bias):
            z, r, c = frame.chunk(3)
            z, r = FUNCTIONS[gate](z + recurrent[:4] @ state), FUNCTIONS[gate](r + recurrent[4:8] @ state)
            c = FUNCTIONS[function](c + recurrent[8:] @ (r * state))
            state = z * state + (1 - z) * c
            outputs.append(state)
        return torch.stack(outputs)

    write(name, "keras_gru", {"size": 4, "gate": gate, "activation": function}, [[5]],
          [weight, recurrent, bias], lambda inputs: [run(x) for x in inputs[0]])


@golden
def keras_gru():
    keras_gru_golden("keras_gru", "hard_sigmoid", "tanh")


@golden
def keras_gru_sigmoid():
    keras_gru_golden("keras_gru_sigmoid", "sigmoid", "softsign")


def keras_lstm_golden(name, gate, function):
    weight, recurrent, bias = random(16, 5), random(16, 4), random(16)

    def run(x):
        state, cell, outputs = torch.zeros(4), torch.zeros(4), []
        for frame in F.linear(x, weight, bias):
            i, f, c, o = (frame + recurrent @ state).chunk(4)
            cell = FUNCTIONS[gate](f) * cell + FUNCTIONS[gate](i) * FUNCTIONS[function](c)
            state = FUNCTIONS[gate](o) * FUNCTIONS[function](cell)
            outputs.append(state)
        return torch.stack(outputs)

    write(name, "keras_lstm", {"size": 4, "gate": gate, "activation": function}, [[5]],
          [weight, recurrent, bias], lambda inputs: [run(x) for x in inputs[0]])


@golden
def keras_lstm():
    keras_lstm_golden("keras_lstm", "hard_sigmoid", "tanh")


@golden
def keras_lstm_elu():
    keras_lstm_golden("keras_lstm_elu", "sigmoid", "elu")


def sru_golden(name, inputs):
    weight, bias = random((12 if inputs == 4 else 16), inputs), random(8)

    def run(x):
        cell, outputs = torch.zeros(4), []
        for frame, sums in zip(x, F.linear(x, weight)):
            c, f, r, *past = sums.chunk(3 if inputs == 4 else 4)
            f, r = torch.sigmoid(f + bias[:4]), torch.sigmoid(r + bias[4:])
            cell = f * cell + (1 - f) * c
            outputs.append(r * torch.tanh(cell) + (1 - r) * (past[0] if past else frame))
        return torch.stack(outputs)

    write(name, "sru", {"size": 4}, [[inputs]], [weight, bias], lambda inputs: [run(x) for x in inputs[0]])


@golden
def sru():
    sru_golden("sru", 4)


@golden
def sru_wider():
    sru_golden("sru_wider", 5)


@golden
def bidirectional_unaligned():
    parameters = gru_parameters(5, 4) + gru_parameters(5, 4)
    run = recurrent(torch.nn.GRU(5, 4, bidirectional=True), parameters, ["", "_reverse"], 3)

    def unaligned(inputs):
        both = [run(x) for x in inputs[0]]
        return [torch.cat([y[:, :4], y[:, 4:].flip(0)], dim=1) for y in both]

    write("bidirectional_unaligned", "bidirectional", {"type": "gru", "size": 4, "aligned": False}, [[5]],
          parameters, unaligned)


# Activations


def activation(name, function, axes=(4,), bound=4.0):
    def run(inputs):
        return [function(x) for x in inputs[0]]

    write(name, name, {}, [list(axes)], [], run, bound=bound)


@golden
def relu():
    activation("relu", F.relu)


@golden
def gelu():
    activation("gelu", F.gelu)


@golden
def silu():
    activation("silu", F.silu)


@golden
def tanh():
    activation("tanh", torch.tanh)


@golden
def sigmoid():
    activation("sigmoid", torch.sigmoid)


@golden
def hard_sigmoid():
    activation("hard_sigmoid", F.hardsigmoid)


@golden
def keras_hard_sigmoid():
    activation("keras_hard_sigmoid", FUNCTIONS["hard_sigmoid"], bound=3.5)


@golden
def elu():
    activation("elu", F.elu)


@golden
def softplus():
    activation("softplus", F.softplus)


@golden
def softsign():
    activation("softsign", F.softsign)


@golden
def log_softmax():
    activation("log_softmax", lambda x: F.log_softmax(x, dim=-1), [2, 3])


@golden
def softmax():
    activation("softmax", lambda x: F.softmax(x, dim=-1), [2, 3])


@golden
def glu():
    activation("glu", F.glu, [2, 6])


# Attention


def frames_seen(length, left, right, chunk):
    """Which frames (columns) a frame (row) sees."""
    place = torch.arange(length)
    start = place // chunk * chunk
    first = start - left if left is not None else torch.zeros(length, dtype=torch.long)
    last = start + chunk - 1 + right if right is not None else torch.full((length,), length)
    return (place >= first[:, None]) & (place <= last[:, None])


def attention_golden(name, heads, size, features, fields, positional=(), bias=True, left=None, right=None, chunk=1,
                     scores=None, turned=None):
    """`scores(x, q, inner)` makes the scores [heads, frames, frames] before the softmax; `turned` changes queries and keys."""
    width = heads * size
    parameters = [random(3 * width, features), random(features, width)]
    biases = [random(3 * width), random(features)] if bias else [None, None]

    def run(inputs):
        results = []
        for x in inputs[0]:
            q, k, v = (
                part.view(len(x), heads, size).transpose(0, 1)
                for part in F.linear(x, parameters[0], biases[0]).chunk(3, dim=1)
            )
            if turned:
                q, k = turned(q), turned(k)
            found = scores(x, q, k) if scores else q @ k.transpose(1, 2) / size**0.5
            found = found.masked_fill(~frames_seen(len(x), left, right, chunk), -torch.inf)
            gathered = (F.softmax(found, dim=-1) @ v).transpose(0, 1).reshape(len(x), width)
            results.append(F.linear(gathered, parameters[1], biases[1]))
        return results

    fields = {"heads": heads, "bias": bias, **fields}
    if left is not None:
        fields["left"] = left
    if right is not None:
        fields["right"] = right
    if chunk > 1:
        fields["chunk"] = chunk
    own = parameters + (biases if bias else []) + list(positional)
    write(name, "attention", fields, [[features]], own, run)


def distances(length):
    """From query (row) to key (column)."""
    return torch.arange(length)[None] - torch.arange(length)[:, None]


@golden
def attention():
    attention_golden("attention", 2, 3, 6, {})


@golden
def attention_limited():
    attention_golden("attention_limited", 2, 2, 5, {"head_size": 2}, bias=False, left=2, right=1)


@golden
def attention_chunks():
    attention_golden("attention_chunks", 1, 4, 4, {}, left=2, right=0, chunk=3)


def relative_scores(positional, heads, size, features):
    weight, content, position = positional

    def scores(x, q, k):
        d = -distances(len(x)).float()
        speeds = 10000 ** (-torch.arange(0, features, 2) / features)
        angles = d[..., None] * speeds
        sines = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(2)[..., :features]
        r = F.linear(sines, weight).view(len(x), len(x), heads, size)
        by_content = (q + content[:, None]) @ k.transpose(1, 2)
        by_position = torch.einsum("hqd,qkhd->hqk", q + position[:, None], r)
        return (by_content + by_position) / size**0.5

    return scores


def attention_relative_golden(name, **limits):
    positional = [random(4, 4), random(2, 2), random(2, 2)]
    attention_golden(name, 2, 2, 4, {"positions": "relative"}, positional,
                     scores=relative_scores(positional, 2, 2, 4), **limits)


@golden
def attention_relative():
    attention_relative_golden("attention_relative")


@golden
def attention_relative_limited():
    attention_relative_golden("attention_relative_limited", left=2, right=1)


def attention_relative_key_golden(name, **limits):
    table = random(2 + 1 + 1, 3)

    def scores(x, q, k):
        learned = table[distances(len(x)).clamp(-2, 1) + 2]
        return (q @ k.transpose(1, 2) + torch.einsum("hqd,qkd->hqk", q, learned)) / 3**0.5

    attention_golden(name, 2, 3, 6, {"positions": "relative_key", "left_positions": 2, "right_positions": 1}, [table],
                     scores=scores, **limits)


@golden
def attention_relative_key():
    attention_relative_key_golden("attention_relative_key")


@golden
def attention_relative_key_limited():
    attention_relative_key_golden("attention_relative_key_limited", left=3, right=0)


def rotated(x):
    half = x.shape[-1] // 2
    speeds = 10000 ** (-torch.arange(half) / half)
    angles = torch.arange(x.shape[1])[:, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([x[..., :half] * cos - x[..., half:] * sin, x[..., half:] * cos + x[..., :half] * sin], dim=-1)


@golden
def attention_rotary():
    attention_golden("attention_rotary", 2, 4, 8, {"positions": "rotary"}, turned=rotated)


@golden
def attention_rotary_limited():
    attention_golden("attention_rotary_limited", 1, 4, 4, {"positions": "rotary"}, left=3, right=2, turned=rotated)


def attention_bucketed_golden(name, **limits):
    count, max_distance = 8, 5
    table, weight, bias, scale = random(count, 2), random(8, 3), random(8), random(2)

    def scores(x, q, k):
        d = distances(len(x))
        half, exact = count // 2, count // 4
        large = exact + (torch.log(d.abs() / exact) / math.log(max_distance / exact) * (half - exact)).long()
        bucket = torch.where(d.abs() < exact, d.abs(), large.clamp(max=half - 1)) + (d > 0) * half
        sums = F.linear(x.view(len(x), 2, 3), weight, bias).view(len(x), 2, 2, 4).sum(-1).sigmoid()
        gates = sums[..., 0] * (sums[..., 1] * scale - 1) + 2
        return q @ k.transpose(1, 2) / 3**0.5 + gates.T[..., None] * table[bucket].permute(2, 0, 1)

    attention_golden(name, 2, 3, 6, {"positions": "bucketed", "buckets": count, "max_distance": max_distance},
                     [table, weight, bias, scale], scores=scores, **limits)


@golden
def attention_bucketed():
    attention_bucketed_golden("attention_bucketed")


@golden
def attention_bucketed_limited():
    attention_bucketed_golden("attention_bucketed_limited", left=3, right=1)


# Normalisation, pooling, merging


@golden
def rms_normalization():
    gamma = random(4)
    write("rms_normalization", "rms_normalization", {}, [[4]], [gamma],
          lambda inputs: [F.rms_norm(x, (4,), gamma, 1e-6) for x in inputs[0]])


def group_normalization(name, axes):
    gamma, beta = random(6), random(6)

    def run(inputs):
        # Frames are PyTorch's batch, channels its second axis. In 64 bits: a group of a few close numbers magnifies rounding.
        return [
            F.group_norm(x.transpose(1, -1).double(), 2, gamma.double(), beta.double())
            .transpose(1, -1).float()
            for x in inputs[0]
        ]

    write(name, "group_normalization", {"groups": 2}, [axes], [gamma, beta], run)


@golden
def group_normalization_vector():
    group_normalization("group_normalization_vector", [6])


@golden
def group_normalization_height():
    group_normalization("group_normalization_height", [3, 6])


@golden
def group_normalization_over_time():
    gamma, beta = random(6), random(6)

    def run(inputs):
        return [
            F.group_norm(x.permute(2, 0, 1)[None].double(), 3, gamma.double(), beta.double())[0]
            .permute(1, 2, 0).float()
            for x in inputs[0]
        ]

    write("group_normalization_over_time", "group_normalization", {"groups": 3, "over_time": True}, [[2, 6]],
          [gamma, beta], run)


@golden
def positional_encoding():
    def run(inputs):
        speeds = 10000 ** (-torch.arange(0, 5, 2) / 5)
        results = []
        for x in inputs[0]:
            angles = torch.arange(len(x))[:, None] * speeds
            sines = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :5]
            results.append(x * 1.5 + sines)
        return results

    write("positional_encoding", "positional_encoding", {"scale": 1.5}, [[5]], [], run)


@golden
def batch_normalization():
    gamma, beta = random(3), random(3)
    mean, variance = torch.rand(3), torch.rand(3) + 0.5
    moved = [mean.clone(), variance.clone()]

    def run(inputs):
        rows = torch.cat([x.reshape(-1, 3) for x in inputs[0]])
        normalized = F.batch_norm(rows, *moved, gamma, beta, True, 0.1, 1e-5)
        return [
            part.reshape(-1, 2, 3)
            for part in normalized.split([2 * len(x) for x in inputs[0]])
        ]

    write("batch_normalization", "batch_normalization", {}, [[2, 3]], [gamma, beta], run,
          [mean, variance], moved)


@golden
def pooling_max():
    write("pooling_max", "pooling", {"type": "max", "size": 2}, [[3]], [],
          lambda inputs: [F.max_pool1d(x.T[None], 2)[0].T for x in inputs[0]])


@golden
def pooling_average():
    def run(inputs):
        return [
            F.avg_pool2d(x.permute(2, 0, 1)[None], (3, 2), (1, 2))[0].permute(1, 2, 0)
            for x in inputs[0]
        ]

    write("pooling_average", "pooling", {"type": "average", "size": [3, 2], "stride": [1, 2]},
          [[4, 3]], [], run)


@golden
def pooling_padded():
    def run(inputs):
        return [
            F.max_pool2d(F.pad(x.permute(2, 0, 1)[None], (1, 1, 0, 1), value=-torch.inf), (2, 3), (2, 1))[0]
            .permute(1, 2, 0)
            for x in inputs[0]
        ]

    write("pooling_padded", "pooling",
          {"type": "max", "size": [2, 3], "stride": [2, 1], "padding": "same", "height_padding": "same"},
          [[4, 3]], [], run)


@golden
def pooling_average_padded():
    def run(inputs):
        return [
            F.avg_pool1d(x.T[None], 3, 2, 1, count_include_pad=False)[0].T for x in inputs[0]
        ]

    write("pooling_average_padded", "pooling", {"type": "average", "size": 3, "stride": 2, "padding": "same"},
          [[3]], [], run)


# Axes


@golden
def reshape():
    write("reshape", "reshape", {"shape": [3, 2]}, [[2, 3]], [],
          lambda inputs: [x.reshape(-1, 3, 2) for x in inputs[0]])


@golden
def transpose():
    write("transpose", "transpose", {"axes": [2, 0, 1]}, [[2, 3, 4]], [],
          lambda inputs: [x.permute(0, 3, 1, 2) for x in inputs[0]])


@golden
def collect():
    write("collect", "collect", {"frames": 5}, [[2, 3]], [],
          lambda inputs: [F.pad(x[:5], (0, 0, 0, 0, 0, max(5 - len(x), 0)))[None] for x in inputs[0]])


@golden
def spread():
    write("spread", "spread", {}, [[2, 3]], [], lambda inputs: [x.reshape(-1, 3) for x in inputs[0]])


@golden
def repeat():
    write("repeat", "repeat", {"count": 3}, [[2]], [],
          lambda inputs: [x.repeat_interleave(3, dim=0) for x in inputs[0]])


@golden
def last_frame():
    write("last_frame", "last_frame", {}, [[2]], [], lambda inputs: [x[-1:] for x in inputs[0]])


def merge(name, axes, function):
    write(f"merge_{name}", "merge", {"type": name}, axes, [],
          lambda inputs: [function(sequences) for sequences in zip(*inputs)])


@golden
def merge_sum():
    merge("sum", [[3], [3], [3]], lambda x: x[0] + x[1] + x[2])


@golden
def merge_factors():
    write("merge_factors", "merge", {"type": "sum", "factors": [1, 0.5]}, [[3], [3]], [],
          lambda inputs: [x + 0.5 * y for x, y in zip(*inputs)])


@golden
def merge_average():
    merge("average", [[3], [3]], lambda x: (x[0] + x[1]) / 2)


@golden
def merge_multiply():
    merge("multiply", [[3], [3], [3]], lambda x: x[0] * x[1] * x[2])


@golden
def merge_max():
    merge("max", [[3], [3]], lambda x: torch.maximum(x[0], x[1]))


@golden
def merge_concat():
    merge("concat", [[2, 3], [2, 1]], lambda x: torch.cat(x, dim=2))


# Several layers


@golden
def conformer_block():
    """A block of the Conformer (Gulati et al. 2020, section 2) that streams: limited attention, causal convolution."""
    features, hidden, heads, size = 6, 8, 2, 3
    nodes, parameters = [], []

    def node(kind, name, fields=None, own=(), inputs=None):
        parameters.extend(own)
        description = {"kind": kind, "name": name, "fields": fields or {}}
        nodes.append(description | ({"inputs": inputs} if inputs else {}))
        return own

    def norm(name, inputs=None):
        return node("layer_normalization", name, {"epsilon": 1e-5}, [random(features), random(features)], inputs)

    def dense(name, inputs, outputs):
        return node("dense", name, {"size": outputs}, [random(outputs, inputs), random(outputs)])

    def feed_forward(name, before):
        own = norm(f"{name}_norm", [before]) + dense(f"{name}_up", features, hidden)
        node("silu", f"{name}_silu")
        own += dense(f"{name}_down", hidden, features)
        node("merge", name, {"factors": [1, 0.5]}, inputs=[before, f"{name}_down"])
        return own

    first = feed_forward("first", "input")
    attention = norm("attention_norm")
    own = [random(3 * features, features), random(features, features), random(3 * features), random(features)]
    positional = [random(features, features), random(heads, size), random(heads, size)]
    attention += node("attention", "attention", {"heads": heads, "positions": "relative", "left": 3, "right": 1},
                      own + positional)
    node("merge", "attended", inputs=["first", "attention"])
    convolution = norm("convolution_norm")
    convolution += node("convolution_1d", "pointwise", {"channels": 2 * features, "size": 1},
                        [random(2 * features, features), random(2 * features)])
    node("glu", "glu")
    convolution += node("convolution_1d", "depthwise", {"channels": features, "size": 3, "groups": features, "padding": "causal"},
                        [random(features, 3), random(features)])
    mean, variance = torch.rand(features), torch.rand(features) + 0.5
    convolution += node("batch_normalization", "batch_norm", {}, [random(features), random(features)])
    node("silu", "silu")
    convolution += node("convolution_1d", "back", {"channels": features, "size": 1},
                        [random(features, features), random(features)])
    node("merge", "convolved", inputs=["attended", "back"])
    second = feed_forward("second", "convolved")
    last = norm("last")

    def normalized(x, own):
        return F.layer_norm(x, (features,), own[0], own[1], 1e-5)

    def fed(x, own):
        return x + 0.5 * F.linear(F.silu(F.linear(normalized(x, own), own[2], own[3])), own[4], own[5])

    def attended(x, own):
        y = normalized(x, own)
        q, k, v = (
            part.view(len(x), heads, size).transpose(0, 1) for part in F.linear(y, own[2], own[4]).chunk(3, dim=1))
        scores = relative_scores(own[6:9], heads, size, features)(y, q, k)
        scores = scores.masked_fill(~frames_seen(len(x), 3, 1, 1), -torch.inf)
        gathered = (F.softmax(scores, dim=-1) @ v).transpose(0, 1).reshape(len(x), features)
        return x + F.linear(gathered, own[3], own[5])

    def convolved(x, own):
        y = F.glu(F.linear(normalized(x, own), own[2], own[3]))
        y = F.conv1d(F.pad(y.T[None], (2, 0)), own[4][:, None], own[5], groups=features)[0].T
        y = F.batch_norm(y, mean, variance, own[6], own[7])
        return x + F.linear(F.silu(y), own[8], own[9])

    def run(inputs):
        results = []
        for x in inputs[0]:
            x = convolved(attended(fed(x, first), attention), convolution)
            results.append(normalized(fed(x, second), last))
        return results

    write("conformer_block", "", {}, [[features]], parameters, run, [mean, variance], lengths=(9, 5), nodes=nodes)


for name in sys.argv[1:] or GOLDENS:
    torch.manual_seed(17)
    GOLDENS[name]()
