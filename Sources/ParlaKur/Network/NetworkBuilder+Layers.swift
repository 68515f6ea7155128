import ParlaDescriptions
import ParlaNeuralNetwork

extension NetworkBuilder {
  /// An input, with the shape that the Kurfile or the data give.
  mutating func input(_ container: KurContainer) throws(KurError) -> NetworkValue {
    let given = container.parameters["shape"]?.sequence?.map { item in
      item == .none ? nil : item.integer ?? 0
    }
    guard let shape = given ?? inputShapes[container.name] else {
      throw failure("no shape", "`shape: [...]`, the lengths of the axes behind the batch's")
    }
    guard !shape.isEmpty, shape.allSatisfy({ $0 ?? 1 > 0 && $0 ?? 1 <= 1 << 24 }),
      shape.dropFirst().allSatisfy({ $0 != nil })
    else {
      throw failure(
        "the shape [\(shape.map { $0.map(String.init) ?? "None" }.joined(separator: ", "))]",
        "lengths above 0, of which only the first may differ from sequence to sequence")
    }
    let isSequence = shape.count > 1 || shape[0] == nil
    let axes = isSequence ? Array(shape.dropFirst()) : shape
    let port = KurNetwork.Port(
      name: container.name, isSequence: isSequence, frameCount: isSequence ? shape[0] : nil,
      axes: axes.compactMap(\.self))
    inputs.append(port)
    use(container.name)
    return NetworkValue(
      node: container.name, isSequence: isSequence, frameCount: port.frameCount, axes: port.axes)
  }

  /// The layers of `container`.
  mutating func layer(
    _ container: KurContainer, _ inputs: [NetworkValue]
  ) throws(KurError) -> NetworkValue {
    let input = inputs[0]
    let parameters = container.parameters
    switch container.kind {
    case "output": return input
    case "dense": return try dense(container, input)
    case "convolution": return try convolution(container, input)
    case "pool": return try pool(container, input)
    case "recurrent": return try recurrent(container, input)
    case "activation": return try activation(container, input)
    case "batch_normalization": return try batchNormalization(container, input)
    case "dropout":
      var result = input
      result.node = node("dropout", ["rate": .number(number(parameters["dropout"]))], of: [input])
      return result
    case "flatten": return try flattened(input)
    case "expand": return try axisAdded(input, parameters["dimension"]?.integer ?? 0)
    case "squeeze": return try axisRemoved(input, parameters["dimension"]?.integer ?? 0)
    case "transpose": return try transposition(container, input)
    case "repeat": return try repetition(parameters["count"]?.integer ?? 1, input)
    case "embedding": return try embedding(container, input)
    case "merge":
      return try merge(
        parameters["mode"]?.string ?? "concat", axis: parameters["axis"]?.integer ?? -1, inputs)
    case "parallel": return try applied(container, input)
    default: throw failure("\(container.kind)", "a layer")
    }
  }

  func number(_ value: PythonValue?) -> Double { value?.number?.double ?? 0 }

  // MARK: - Dense

  private mutating func dense(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    var sizes = container.parameters["size"]?.sequence?.compactMap(\.integer) ?? []
    guard let last = sizes.last, sizes.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }) else {
      throw failure("sizes \(sizes)", "numbers from 1 to 1048576")
    }
    if conventions.isPyTorch && sizes.count > 1 {
      notes.append(
        "\(container.name): PyTorch's backend makes the last of the sizes \(sizes) only.")
      sizes = [last]
    }
    var value = container.parameters["auto_flatten"]?.isTrue == true ? try flattened(input) : input
    if container.parameters["highway"]?.isTrue == true {
      guard !conventions.isKeras else {
        throw failure("highway: yes", "a layer that Keras has; PyTorch's backend has it")
      }
      return try highway(container, value)
    }
    for (index, size) in sizes.enumerated() {
      let isLast = index == sizes.count - 1
      value = try dense(value, size, file: isLast ? fileName() : kerasName("dense"))
    }
    return value
  }

  /// Weighted sums along the last axis.
  private mutating func dense(
    _ input: NetworkValue, _ size: Int, file: LayerFile
  ) throws(KurError) -> NetworkValue {
    var result = input
    let features = input.axes.last ?? 1
    if input.axes.count > 1 {
      let rows = input.axes.dropLast().reduce(1, *)
      var matrix = reshaped(input, [rows, features])
      matrix.node = node(
        "convolution_2d",
        ["channels": .integer(size), "size": .integers([1, 1]), "padding": .text("valid")],
        of: [matrix], hasWeights: true)
      addDenseWeights(file, matrix.node, inputs: features, outputs: size)
      matrix.axes = [rows, size]
      return reshaped(matrix, input.axes.dropLast() + [size])
    }
    guard input.isSequence || !input.axes.isEmpty else { throw failure("no axis", "one or more") }
    result.node = node("dense", ["size": .integer(size)], of: [input], hasWeights: true)
    result.axes = [size]
    addDenseWeights(file, result.node, inputs: features, outputs: size)
    return result
  }

  private mutating func highway(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let size = container.parameters["size"]?.sequence?.last?.integer ?? 0
    guard input.axes == [size] else {
      throw failure("a highway of size \(size) after frames \(input.axes)", "the size of its input")
    }
    var result = input
    result.node = node("highway", of: [input], hasWeights: true)
    addHighwayWeights(result.node, size: size)
    return result
  }

  // MARK: - Functions

  private static let activations = [
    "relu", "tanh", "sigmoid", "elu", "softplus", "softsign", "hard_sigmoid", "softmax", "linear",
    "none",
  ]

  private mutating func activation(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let type = container.parameters["type"] ?? .none
    let name = type == .none ? "none" : type.text
    guard Self.activations.contains(name) else {
      let suggestion = nearest(name, Self.activations).map { "; did you mean \($0)?" } ?? ""
      throw failure(
        "\(name)\(suggestion)", "one of " + Self.activations.joined(separator: ", "))
    }
    var result = input
    switch name {
    case "none", "linear": return input
    case "hard_sigmoid": result.node = node("keras_hard_sigmoid", of: [input])
    case "softmax" where conventions.isPyTorch:
      // The default axis of PyTorch 1.0: the first of one or three, else the second.
      let axis = input.shape.count == 1 ? "last" : input.shape.count == 2 ? "batch" : "time"
      result.node = node("log_softmax", ["axis": .text(axis)], of: [input])
    default: result.node = node(name, of: [input])
    }
    return result
  }

  private mutating func batchNormalization(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let rank = input.shape.count
    let axis = container.parameters["axis"]?.integer ?? -1
    let index = axis < 0 ? rank + axis : axis - 1
    guard (0..<rank).contains(index) else {
      throw failure("axis \(axis)", "one from 1 to \(rank), or -1; 0 is the batch's")
    }
    let last = Array(0..<rank).filter { $0 != index } + [index]
    var value = try transposed(input, last)
    let momentum = number(container.parameters["momentum"])
    let channels = value.axes.last ?? 1
    value.node = node(
      "batch_normalization",
      [
        "epsilon": .number(conventions.isPyTorch ? 1e-5 : 1e-3),
        "momentum": .number(momentum > 0 && momentum < 1 ? 1 - momentum : 0.1),
        "statistics": .text(conventions.batchStatistics.rawValue),
      ], of: [value], hasWeights: true)
    addNormalizationWeights(value.node, channels: channels)
    return try transposed(value, last.indices.map { last.firstIndex(of: $0) ?? $0 })
  }

  // MARK: - Sequences

  private mutating func repetition(
    _ count: Int, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    guard !input.isSequence, input.axes.count == 1, parallel == nil else {
      throw failure("an input of \(input.shape.count) axes", "one axis, outside of parallel")
    }
    guard count <= 1 << 20 else { throw failure("\(count) times", "at most 1048576") }
    return NetworkValue(
      node: node("repeat", ["count": .integer(count)], of: [input]), isSequence: true,
      frameCount: count, axes: input.axes)
  }

  private mutating func embedding(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let vocabulary = container.parameters["vocab_size"]?.integer ?? 1
    let size = container.parameters["size"]?.integer ?? 1
    guard vocabulary <= 1 << 20, size <= 1 << 20 else {
      throw failure("\(vocabulary) vectors of \(size)", "at most 1048576 of either")
    }
    var result = input
    result.node = node(
      "embedding", ["vocabulary": .integer(vocabulary), "size": .integer(size)], of: [input],
      hasWeights: true)
    addEmbeddingWeights(result.node, vocabulary: vocabulary, size: size)
    guard input.axes.isEmpty else {
      result.axes.append(size)
      return spread(result)
    }
    result.axes = [1, size]
    return reshaped(result, [size])
  }

  private mutating func merge(
    _ mode: String, axis: Int, _ inputs: [NetworkValue]
  ) throws(KurError) -> NetworkValue {
    guard inputs.count > 1 else { return inputs[0] }
    let rank = inputs[0].shape.count
    guard inputs.allSatisfy({ $0.shape.count == rank }) else {
      throw failure(
        "inputs of \(inputs.map { "\($0.shape.count)" }.joined(separator: " and ")) axes",
        "as many axes each")
    }
    guard mode == "concat" else {
      guard inputs.allSatisfy({ $0.axes == inputs[0].axes }) else {
        throw failure(
          "frames \(inputs.map { "\($0.axes)" }.joined(separator: " and "))", "one shape")
      }
      var result = inputs[0]
      result.node = node("merge", ["type": .text(mode == "add" ? "sum" : mode)], of: inputs)
      return result
    }
    // Keras counts the batch's axis, PyTorch's backend does not.
    let counted =
      conventions.isPyTorch ? axis + (axis < 0 ? rank : 0) : axis < 0 ? rank + axis : axis - 1
    if counted == -1 {
      var result = inputs[0]
      result.node = node("join_batches", of: inputs)
      return result
    }
    guard (0..<rank).contains(counted) else {
      throw failure("axis \(axis)", "one that inputs of \(rank) axes have")
    }
    let last = Array(0..<rank).filter { $0 != counted } + [counted]
    var moved: [NetworkValue] = []
    for input in inputs { moved.append(try transposed(input, last)) }
    guard moved.allSatisfy({ $0.axes.dropLast() == moved[0].axes.dropLast() }) else {
      throw failure(
        "shapes \(inputs.map { "\($0.axes)" }.joined(separator: " and "))",
        "axes that differ along axis \(axis) only")
    }
    var result = moved[0]
    result.node = node("merge", ["type": .text("concat")], of: moved)
    result.axes[result.axes.count - 1] = moved.reduce(0) { $0 + ($1.axes.last ?? 1) }
    return try transposed(result, last.indices.map { last.firstIndex(of: $0) ?? $0 })
  }

  // MARK: - Parallel

  /// The children applied to each frame.
  private mutating func applied(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    guard input.isSequence, parallel == nil else {
      throw failure(
        parallel == nil ? "an input without time" : "parallel inside of parallel",
        "an input of two axes or more, outside of parallel")
    }
    defer { parallel = nil }
    var value = NetworkValue(
      node: input.node, isSequence: false, axes: input.axes.isEmpty ? [1] : input.axes)
    for (index, child) in container.children.enumerated() {
      parallel = (container.name, child.name, index, 0)
      for layer in child.leaves {
        current = layer
        let first = nodes.count
        if layer.isActive { value = try built(layer, [value]) }
        registerChild(
          layer, nodes: weightOwners(from: first), isFrozen: layer.isFrozen ?? child.isFrozen)
      }
    }
    parallel = nil
    current = container
    return NetworkValue(
      node: value.node, isSequence: true, frameCount: input.frameCount, axes: value.axes)
  }
}

extension KurContainer {
  /// The layers of a loop or a template, in their order; the container itself, if it is a layer.
  fileprivate var leaves: [KurContainer] {
    switch kind {
    case "meta", "for", "for_each": children.flatMap(\.leaves)
    case "debug", "assert": []
    default: [self]
    }
  }
}
