import ParlaAcousticModel
import ParlaNeuralNetwork

/// A network as a graph of ONNX: its inputs, its outputs, and the positions of its frames.
struct ONNXNetwork {
  private(set) var graph: ONNXGraph

  /// What comes out of the network, [time, batch, numbers], for each of its outputs that is asked for.
  private(set) var outputs: [ONNXFrames] = []

  /// The schedule of what goes in.
  private static let inputSchedule = 0

  /// Whether the network's frames come out as its inputs go in.
  func isInStep(_ frames: ONNXFrames) -> Bool { frames.schedule == Self.inputSchedule }

  /// The form that is written where none is asked for: in pieces, if the network can be computed so.
  static func usualForm(_ network: Graph) -> ONNXForm {
    unstreamed(network).isEmpty ? .pieces : .whole
  }

  private static func unstreamed(_ network: Graph) -> [String] {
    network.nodes.filter { !$0.layer.canStream || $0.position.isFixed }.map(\.layer.name)
  }

  /// Makes sure that `network` has an expression in `form`, or in the usual one.
  ///
  /// - Throws: `ModelError.notExpressible` with the first layer that has none.
  static func check(_ network: Graph, form: ONNXForm? = nil) throws(ModelError) {
    for node in network.nodes { _ = try expression(of: node.layer) }
    guard form == .pieces, let layer = unstreamed(network).first else { return }
    throw .notExpressible(
      format: "ONNX in pieces", found: "\(layer), which needs a whole recording",
      expected: "layers that can be computed while sound arrives")
  }

  private static func expression(of layer: any Layer) throws(ModelError) -> any ONNXLayer {
    guard let layer = layer as? any ONNXLayer else {
      throw .notExpressible(
        format: "ONNX", found: "\(type(of: layer).kind) (\(layer.name))",
        expected: "the kinds of layers in ParlaModelExchange's ONNX/Layers")
    }
    return layer
  }

  /// Lays out the first output of `network`, whose inputs are called `inputNames`.
  ///
  /// - Throws: `ModelError.notExpressible` with the layer that is the reason.
  init(
    _ network: Graph, parameters: Parameters, buffers: Parameters, name: String,
    inputNames: [String], form: ONNXForm, isQuantized: Bool = false
  ) throws(ModelError) {
    try Self.check(network, form: form)
    graph = ONNXGraph(name: name, form: form, isQuantized: isQuantized)
    graph.layer = "recording"
    var known: [Graph.Source: ONNXFrames] = [:]
    var lengths: ONNXValue?
    for (index, input) in network.description.inputs.enumerated() {
      let shape = FrameShape(input.shape)
      let value = graph.input(inputNames[index], ["time", "batch", "\(shape.count)"])
      if form == .whole, lengths == nil { lengths = graph.addLengths(of: value) }
      known[.input(index)] = ONNXFrames(
        value: value, shape: shape, schedule: Self.inputSchedule, lengths: lengths)
    }
    if form == .pieces, network.holdsFramesBack { graph.addEnd() }
    let needed = network.nodesNeeded(for: network.outputs.prefix(1))
    let recurrent = needed.filter { type(of: network.nodes[$0].layer).family == LSTM.family }
    graph.hasPlainStates = recurrent.count == 1
    let route = network.route(Pass(compute: Compute(threadCount: 1)))
    for index in network.order where needed.contains(index) {
      let node = network.nodes[index]
      let weights = ONNXWeights(node, parameters, buffers)
      let inputs = (route[index] ?? []).compactMap { known[node.inputs[$0]] }
      known[.node(index)] = try express(
        Self.expression(of: node.layer), number: index, inputs, weights)
    }
    outputs = network.outputs.prefix(1).compactMap { known[$0] }
  }

  private mutating func express(
    _ layer: any ONNXLayer, number: Int, _ inputs: [ONNXFrames], _ weights: ONNXWeights
  ) throws(ModelError) -> ONNXFrames {
    graph.layer = layer.name
    let schedule = inputs[0].schedule
    let isTogether = inputs.allSatisfy { $0.schedule == schedule }
    let lengths = inputs.compactMap(\.lengths)
    let least = lengths.isEmpty ? nil : graph.least(lengths)
    let aligned = zip(inputs, graph.aligned(inputs)).map {
      ONNXFrames(
        value: $1, shape: $0.shape, schedule: $0.schedule, lengths: isTogether ? $0.lengths : least)
    }
    let value = try layer.express(aligned, weights, in: &graph)
    return ONNXFrames(
      value: value, shape: layer.output,
      schedule: isTogether && layer.timing.keepsStep(in: graph.form) ? schedule : 1 + number,
      lengths: lengths.isEmpty ? nil : layer.lengths(lengths, aligned, in: &graph))
  }
}

extension ONNXWeights {
  /// Those of a node, or of the one whose weights it uses.
  fileprivate init(_ node: Graph.Node, _ parameters: Parameters, _ buffers: Parameters) {
    let specifications =
      parameters.specifications[node.parameterRange] + buffers.specifications[node.bufferRange]
    names = specifications.map(\.name)
    areOfProducts = specifications.map(\.isProductWeight)
    tensors = Array(parameters.tensors[node.parameterRange]) + buffers.tensors[node.bufferRange]
  }
}

extension LayerTiming {
  /// Whether there comes a frame out for each that goes in, in pieces at once.
  fileprivate func keepsStep(in form: ONNXForm) -> Bool {
    let isOneForOne = stride == 1 && factor == 1 && !isWhole && padding == span - 1
    return isOneForOne && (form == .whole || lookAhead == 0)
  }
}
