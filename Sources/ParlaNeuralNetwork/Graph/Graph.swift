/// Layers as nodes that are joined by name: from a model's inputs to its outputs.
///
/// A chain, each node taking what the one before gives, is the simple case. A graph is checked when it is made and never
/// changes.
package struct Graph: Sendable {
  /// The graph as it was described, with every input and default spelt out.
  package let description: GraphDescription

  /// The nodes in the order in which they were described, which is that of their parameters.
  package let nodes: [Node]

  /// The outputs, in order.
  package let outputs: [Source]

  /// An order in which every node comes after those that it needs.
  package let order: [Int]

  /// A layer in its place.
  package struct Node: Sendable {
    /// The layer.
    package let layer: any Layer

    /// Where its inputs come from.
    package let inputs: [Source]

    /// The node whose weights it uses: itself, unless they are shared.
    package let owner: Int

    /// The positions of the layer's parameters among all of the graph's.
    package let parameterRange: Range<Int>

    /// The positions of the layer's buffers among all of the graph's.
    package let bufferRange: Range<Int>

    /// How its frames correspond to those of the graph's inputs.
    package let position: FramePosition

    /// Whether it sees an input of the graph, whose features may differ much in size.
    package var seesInput: Bool {
      inputs.contains { if case .input = $0 { true } else { false } }
    }
  }

  /// Where frames come from.
  package enum Source: Sendable, Hashable {
    /// An input of the graph.
    case input(Int)
    /// The output of a node.
    case node(Int)
  }

  /// The parameters of all nodes, in order; shared ones are listed once.
  package var parameters: [ParameterSpecification] {
    nodes.indices.filter { nodes[$0].owner == $0 }.flatMap { nodes[$0].layer.parameters }
  }

  /// The buffers of all nodes, in order.
  package var buffers: [ParameterSpecification] {
    nodes.indices.filter { nodes[$0].owner == $0 }.flatMap { nodes[$0].layer.buffers }
  }

  /// How many numbers a frame of the first input has.
  package var inputCount: Int { description.inputs[0].shape.reduce(1, *) }

  /// How many numbers a frame of output `index` has.
  package func outputCount(_ index: Int = 0) -> Int { shape(of: outputs[index]).count }

  /// The shape of the frames of `source`.
  package func shape(of source: Source) -> FrameShape {
    switch source {
    case .input(let index): FrameShape(description.inputs[index].shape)
    case .node(let index): nodes[index].layer.output
    }
  }

  /// How the frames of output `index` correspond to those of the inputs.
  package func position(ofOutput index: Int = 0) -> FramePosition { position(of: outputs[index]) }

  /// The nodes whose frames `outputs` are made of.
  package func nodesNeeded(for outputs: some Sequence<Source>) -> Set<Int> {
    var needed: Set<Int> = []
    var open = Array(outputs)
    while let source = open.popLast() {
      guard case .node(let index) = source, needed.insert(index).inserted else { continue }
      open += nodes[index].inputs
    }
    return needed
  }

  func position(of source: Source) -> FramePosition {
    switch source {
    case .input: FramePosition()
    case .node(let index): nodes[index].position
    }
  }

  /// Whether some of what has gone in comes out only when more has come, or the end.
  package var holdsFramesBack: Bool {
    nodes.contains { !$0.layer.canStream || $0.layer.timing != .frameByFrame }
  }

  /// The names of layers that can only be computed when all of a recording is there.
  package var layersThatCannotStream: [String] {
    nodes.filter { !$0.layer.canStream }.map(\.layer.name)
  }

  /// How many frames of output `index` come out of a sequence of `length` frames.
  package func outputLength(_ length: Int, output index: Int = 0) -> Int {
    var lengths = [Int](repeating: 0, count: nodes.count)
    for number in order {
      let node = nodes[number]
      let inputs = node.inputs.map { source in
        switch source {
        case .input: length
        case .node(let before): lengths[before]
        }
      }
      lengths[number] = node.layer.timing.outputLength(inputs.min() ?? 0)
    }
    switch outputs[index] {
    case .input: return length
    case .node(let number): return lengths[number]
    }
  }
}

extension Graph {
  /// The fewest frames that must go in so that at least `length` come out.
  package func inputLength(forOutput length: Int) -> Int {
    var (tooFew, enough) = (0, max(length, 1))
    while outputLength(enough) < length {
      guard enough < 1 << 40 else { return enough }
      (tooFew, enough) = (enough, 2 * enough)
    }
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      if outputLength(middle) < length { tooFew = middle } else { enough = middle }
    }
    return enough
  }
}

/// How a node's frames correspond to those of the graph's inputs.
package struct FramePosition: Sendable, Equatable {
  /// How many frames of the input go in for each frame.
  package var stride = 1

  /// How many frames of the input after its own a frame needs to have seen.
  package var lookAhead = 0

  /// Whether the number of frames does not depend on how long the inputs are: a layer before has made one of a whole sequence.
  package var isFixed = false

  /// A stride beyond all sequences, for frames of which there is one.
  private static let wholeStride = 1 << 24

  /// Those of a layer with this timing after it.
  func followed(by timing: LayerTiming) -> FramePosition {
    if timing.isWhole {
      return FramePosition(stride: Self.wholeStride, lookAhead: Self.wholeStride, isFixed: true)
    }
    return FramePosition(
      stride: isFixed ? stride : max(stride * timing.stride / timing.factor, 1),
      lookAhead: isFixed ? lookAhead : lookAhead + stride * timing.lookAhead, isFixed: isFixed)
  }
}
