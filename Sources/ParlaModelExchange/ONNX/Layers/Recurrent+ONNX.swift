import ParlaAcousticModel
import ParlaNeuralNetwork

extension LSTM: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.recurrent("LSTM", inputs[0], graph.lstmWeights(weights), units: output.count)
  }
}

extension KerasLSTM: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.recurrent(
      "LSTM", inputs[0], graph.lstmWeights(weights), units: output.count,
      functions: [functions.gate, functions.output, functions.output])
  }
}

/// ONNX's gates are update, reset and candidate, Parla's reset, update and candidate.
extension GRU: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let order = [1, 0, 2]
    let units = output.count
    let bias = graph.biases(
      weights, [(2, 1), (2, 0), (2, 2), nil, nil, (3, 0)], units: units)
    return graph.recurrent(
      "GRU", inputs[0],
      [graph.gates(weights, 0, order: order), graph.gates(weights, 1, order: order), bias],
      units: units, attributes: [.int("linear_before_reset", 1)])
  }
}

extension KerasGRU: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let order = [0, 1, 2]
    let bias = graph.biases(
      weights, [(2, 0), (2, 1), (2, 2), nil, nil, nil], units: output.count)
    return graph.recurrent(
      "GRU", inputs[0],
      [graph.gates(weights, 0, order: order), graph.gates(weights, 1, order: order), bias],
      units: output.count, functions: [functions.gate, functions.output])
  }
}

extension SimpleRNN: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.recurrent(
      "RNN", inputs[0],
      [
        graph.gates(weights, 0, order: [0]), graph.gates(weights, 1, order: [0]),
        graph.biases(weights, [(2, 0), nil], units: output.count),
      ],
      units: output.count, functions: [isReLU ? .relu : .tanh])
  }
}

/// The cells are those of a GRU without recurrent weights, whose update gate is the unit's forget gate.
extension SRU: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let (units, name) = (output.count, weights.names[0])
    let columns = weights[0].columnCount
    let recurrent = graph.weight(
      "\(name).none", [1, 3 * units, units], [Float](repeating: 0, count: 3 * units * units))
    let bias = graph.biases(weights, [(1, 0), nil, nil, nil, nil, nil], units: units)
    let cells = graph.recurrent(
      "GRU", inputs[0],
      [
        graph.rows(weights, 0, ofGates: [1, 2, 0], as: "\(name).cells", units: units), recurrent,
        bias,
      ],
      units: units, functions: [.sigmoid, .linear])
    let values = graph.apply(function, to: cells)
    let past =
      columns == units && weights[0].rowCount == 3 * units
      ? inputs[0].value : graph.part(inputs[0].value, weights, gate: 3, units: units)
    let sums = graph.part(inputs[0].value, weights, gate: 2, units: units)
    let resetBias = graph.weight(
      "\(weights.names[1]).reset", [units], Array(weights[1].values[units...]))
    let reset = graph.add("Sigmoid", [graph.add("Add", [sums, resetBias])])
    let difference = graph.add("Sub", [values, past])
    return graph.add("Add", [past, graph.add("Mul", [reset, difference])])
  }
}

/// What runs backwards sees the frames from last to first.
extension Bidirectional: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    guard let there = forwards as? any ONNXLayer, let back = backwards as? any ONNXLayer else {
      throw .notExpressible(
        format: "ONNX", found: forwards.summary, expected: "recurrent layers in ONNX/Layers")
    }
    let middle = forwards.parameters.count
    var reversed = inputs[0]
    reversed.value = graph.reversed(inputs[0].value, inputs[0].lengths)
    let first = try there.express(inputs, weights[0..<middle], in: &graph)
    var second = try back.express(
      [reversed], weights[middle..<weights.range.upperBound], in: &graph)
    if isAligned { second = graph.reversed(second, inputs[0].lengths) }
    let outputs = [first, second].map {
      ONNXFrames(
        value: $0, shape: forwards.output, schedule: inputs[0].schedule,
        lengths: inputs[0].lengths)
    }
    return graph.merged(outputs, merge, output)
  }
}

// MARK: - Weights in ONNX's order

extension ONNXGraph {
  /// Input weights, recurrent weights and biases with the gates input, output, forget, cell instead of input, forget, cell, output.
  fileprivate mutating func lstmWeights(_ weights: ONNXWeights) -> [ONNXValue] {
    let order = [0, 3, 1, 2]
    let parts = order.map { (2, $0) } + [nil, nil, nil, nil]
    return [
      gates(weights, 0, order: order), gates(weights, 1, order: order),
      biases(weights, parts, units: weights[2].count / 4),
    ]
  }

  /// A matrix [gates × units, inputs] with its gates in another order: [1, gates × units, inputs].
  fileprivate mutating func gates(
    _ weights: ONNXWeights, _ index: Int, order: [Int]
  ) -> ONNXValue {
    rows(
      weights, index, ofGates: order, as: weights.names[index],
      units: weights[index].rowCount / order.count)
  }

  /// Some gates' rows of a matrix: [1, gates × units, inputs].
  fileprivate mutating func rows(
    _ weights: ONNXWeights, _ index: Int, ofGates order: [Int], as name: String, units: Int
  ) -> ONNXValue {
    let (tensor, columns) = (weights[index], weights[index].columnCount)
    return productWeight(
      unsafe ExportedTensor(name: name, shape: [1, order.count * units, columns]) { row, target in
        let source = order[row / units] * units + row % units
        unsafe target.update(from: tensor.pointer + source * columns, count: columns)
      }, outputs: 1, isProduct: weights.areOfProducts[index])
  }

  /// Biases of the inputs' sums, then of the recurrent ones, each a gate of a weight or zero: [1, gates × units].
  fileprivate mutating func biases(
    _ weights: ONNXWeights, _ parts: [(index: Int, gate: Int)?], units: Int
  ) -> ONNXValue {
    let values = parts.flatMap { part in
      (0..<units).map { unit in part.map { weights[$0.index][$0.gate * units + unit] } ?? 0 }
    }
    let first = parts.compactMap(\.self)[0].index
    return weight(weights.names[first], [1, values.count], values)
  }

  /// The product of frames with one gate's rows of weight 0.
  fileprivate mutating func part(
    _ x: ONNXValue, _ weights: ONNXWeights, gate: Int, units: Int
  ) -> ONNXValue {
    let (tensor, columns) = (weights[0], weights[0].columnCount)
    let matrix = productWeight(
      unsafe ExportedTensor(name: "\(weights.names[0]).\(gate)", shape: [columns, units]) {
        row, target in
        for unit in 0..<units {
          unsafe target[unit] = tensor.pointer[(gate * units + unit) * columns + row]
        }
      }, outputs: 1, isProduct: weights.areOfProducts[0])
    return add("MatMul", [x, matrix])
  }

  /// The frames of each sequence from last to first.
  fileprivate mutating func reversed(_ value: ONNXValue, _ lengths: ONNXValue?) -> ONNXValue {
    guard let lengths else {
      let (last, beyond) = (integers([-1]), integers([Int.min]))
      return add("Slice", [value, last, beyond, integers([0]), last])
    }
    return add(
      "ReverseSequence", [value, lengths], [.int("time_axis", 0), .int("batch_axis", 1)])
  }
}

// MARK: - Running

extension ONNXGraph {
  /// Runs a recurrent operation over frames, from zeros or from what the pieces before left.
  fileprivate mutating func recurrent(
    _ type: String, _ input: ONNXFrames, _ weights: [ONNXValue], units: Int,
    functions: [CellFunction] = [], attributes: [Onnx_AttributeProto] = []
  ) -> ONNXValue {
    let attributes = [.int("hidden_size", units)] + attributes + Self.attributes(of: functions)
    let names = type == "LSTM" ? ["c", "h"] : ["h"]
    guard form == .pieces else {
      let outputs = add(
        type, [input.value] + weights + [input.lengths.map { steps($0) } ?? ONNXValue.none],
        attributes,
        outputCount: 1)
      return add("Squeeze", [outputs[0], integers([1])])
    }
    let shape = ["1", "batch", "\(units)"]
    let states = names.map { state(stateName($0), shape) }
    // ONNX has the outputs before the cells, and there must be a frame: where there is none, one is made up that nothing comes of.
    let length = length(input.value)
    let (frames, lengths) = atLeastOne(input.value, length)
    let outputs = add(
      type, [frames] + weights + [lengths] + states.reversed(), attributes,
      outputCount: 1 + states.count)
    let isAny = isLast == nil ? nil : add("Greater", [length, zero()])
    for (index, name) in names.enumerated() {
      let found = outputs[states.count - index]
      carry(
        isAny.map { add("Where", [$0, found, states[index]]) } ?? found, as: stateName(name),
        shape)
    }
    let rows = add("Squeeze", [outputs[0], integers([1])])
    return isLast == nil ? rows : slice(rows, from: zero(), to: length)
  }

  /// What a state is called in files; a network with a single recurrent layer does not name it.
  private func stateName(_ name: String) -> String {
    hasPlainStates ? name : "\(name)_\(layer)"
  }

  private mutating func atLeastOne(
    _ frames: ONNXValue, _ length: ONNXValue
  ) -> (frames: ONNXValue, lengths: ONNXValue) {
    guard isLast != nil else { return (frames, .none) }
    return (
      padded(frames, before: zero(), after: integers([1])),
      add("Expand", [steps(length), self.length(frames, axis: 1)])
    )
  }

  /// Lengths as recurrent operations take them: of at least a frame.
  private mutating func steps(_ lengths: ONNXValue) -> ONNXValue {
    cast(add("Max", [lengths, integers([1])]), to: .int32)
  }

  private static func attributes(of functions: [CellFunction]) -> [Onnx_AttributeProto] {
    guard !functions.isEmpty else { return [] }
    var (names, alphas, betas): ([String], [Float], [Float]) = ([], [], [])
    for function in functions {
      switch function {
      case .linear: (names, alphas, betas) = (names + ["Affine"], alphas + [1], betas + [0])
      case .relu: names.append("Relu")
      case .tanh: names.append("Tanh")
      case .sigmoid: names.append("Sigmoid")
      case .elu: (names, alphas) = (names + ["Elu"], alphas + [1])
      case .softplus: names.append("Softplus")
      case .softsign: names.append("Softsign")
      case .hardSigmoid:
        (names, alphas, betas) = (names + ["HardSigmoid"], alphas + [0.2], betas + [0.5])
      }
    }
    return [.strings("activations", names)]
      + (alphas.isEmpty ? [] : [.floats("activation_alpha", alphas)])
      + (betas.isEmpty ? [] : [.floats("activation_beta", betas)])
  }

  fileprivate mutating func apply(_ function: CellFunction, to x: ONNXValue) -> ONNXValue {
    switch function {
    case .linear: x
    case .relu: ReLU.express(x, in: &self)
    case .tanh: Tanh.express(x, in: &self)
    case .sigmoid: Sigmoid.express(x, in: &self)
    case .elu: ELU.express(x, in: &self)
    case .softplus: Softplus.express(x, in: &self)
    case .softsign: Softsign.express(x, in: &self)
    case .hardSigmoid: KerasHardSigmoid.express(x, in: &self)
    }
  }
}
