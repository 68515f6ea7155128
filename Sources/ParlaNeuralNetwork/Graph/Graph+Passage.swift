/// The weights of all nodes of a graph, each layer's in its order.
package struct GraphWeights: Sendable {
  /// In the order of the nodes.
  package let nodes: [LayerWeights]

  /// Takes the weights of each node.
  package init(nodes: [LayerWeights]) { self.nodes = nodes }

  /// The weights of `graph` as they are trained.
  package init(_ graph: Graph, _ parameters: Parameters, buffers: Parameters? = nil) {
    nodes = graph.nodes.map { node in
      let own = parameters.tensors[node.parameterRange]
      guard let buffers, !node.bufferRange.isEmpty else { return LayerWeights(own) }
      return LayerWeights(own + buffers.tensors[node.bufferRange])
    }
  }
}

/// What a graph gave forwards, and what its way back needs.
package struct Passage: Sendable {
  /// The frames that came out, for each of the graph's outputs.
  package var outputs: [Sequences]

  /// What each node's way back needs.
  var saved: [Saved?]

  /// Sums that each node's buffers will be moved by.
  package var statistics: [[Tensor]]
}

extension Graph {
  /// What comes out for `inputs`.
  package func callAsFunction(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, _ pass: Pass
  ) -> [Sequences] {
    var flow = Flow(self, inputs)
    for index in order {
      var taken = nodes[index].inputs.map { flow.take($0) }
      flow.give(nodes[index].layer.forward(&taken, weights.nodes[index], pass).output, of: index)
    }
    return outputs.map { flow.take($0) }
  }

  /// What comes out for `inputs`, with what `backward` will need.
  package func forward(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, _ pass: Pass
  ) -> Passage {
    var flow = Flow(self, inputs)
    var passage = Passage(
      outputs: [], saved: nodes.map { _ in nil }, statistics: nodes.map { _ in [] })
    for index in order {
      var taken = nodes[index].inputs.map { flow.take($0) }
      let result = nodes[index].layer.forward(&taken, weights.nodes[index], pass)
      passage.saved[index] = result.saved
      passage.statistics[index] = result.statistics
      flow.give(result.output, of: index)
    }
    passage.outputs = outputs.map { flow.take($0) }
    return passage
  }

  /// The gradients of the parameters, given those of the loss with respect to the outputs.
  ///
  /// `isWanted` says for each parameter whether its gradient is needed: the backward pass ends where no more are, and the
  /// rest stays zero.
  package func backward(
    _ outputGradients: consuming [Tensor], _ passage: consuming Passage, _ weights: GraphWeights,
    isWanted: [Bool]? = nil, _ pass: Pass
  ) -> Parameters {
    let specifications = parameters
    var all = specifications.map { _ in Tensor(unwritten: [0]) }
    backward(outputGradients, passage, weights, isWanted: isWanted, pass) { indices, gradients in
      all.replaceSubrange(indices, with: gradients)
    }
    return Parameters(specifications: specifications, tensors: all)
  }

  /// The same, with the gradients of each layer handed to `finish` as soon as they are complete, with the parameters' positions.
  ///
  /// The order is the same for the same graph and `isWanted`, and that of `accompanyBackward`.
  func backward(
    _ outputGradients: consuming [Tensor], _ passage: consuming Passage, _ weights: GraphWeights,
    isWanted: [Bool]?, _ pass: Pass, finish: (Range<Int>, [Tensor]) -> Void
  ) {
    let needed = nodesNeeded(isWanted)
    var gradients = nodes.map { $0.layer.parameters.map { _ in Tensor(unwritten: [0]) } }
    for (index, node) in nodes.enumerated() where node.owner == index {
      gradients[index] = node.layer.parameters.map { Tensor(shape: $0.shape) }
    }
    var waiting: [Tensor?] = nodes.map { _ in nil }
    for (source, gradient) in zip(outputs, outputGradients) {
      if case .node(let index) = source { waiting[index].add(gradient) }
    }
    var users = userCounts
    for index in order.reversed() {
      defer {
        users[nodes[index].owner] -= 1
        if users[nodes[index].owner] == 0 {
          var own: [Tensor] = []
          swap(&own, &gradients[nodes[index].owner])
          finish(nodes[nodes[index].owner].parameterRange, own)
        }
      }
      guard needed[index], let gradient = waiting[index].take(),
        let saved = passage.saved[index].take()
      else { continue }
      let node = nodes[index]
      let wanted = node.inputs.map { source in
        if case .node(let before) = source { needed[before] } else { false }
      }
      // The owner's own: part of an array of all would be copied when it is written.
      var own: [Tensor] = []
      swap(&own, &gradients[node.owner])
      var inputGradients = node.layer.backward(
        gradient, saved, weights.nodes[index], gradients: &own, wanted: wanted, pass)
      swap(&own, &gradients[node.owner])
      for (number, source) in node.inputs.enumerated().reversed() {
        let gradient = inputGradients.removeLast()
        if wanted[number], case .node(let before) = source { waiting[before].add(gradient) }
      }
    }
  }

  /// How many nodes use the weights of each.
  private var userCounts: [Int] {
    nodes.reduce(into: nodes.map { _ in 0 }) { $0[$1.owner] += 1 }
  }

  /// Whether a sequence's output depends on other sequences in training.
  package var joinsSequences: Bool { nodes.contains { $0.layer.joinsSequences } }

  /// Takes part in what peers do together in a passage forward, for one that has no sequences; the statistics of none.
  package func accompanyForward(_ pass: Pass) -> [[Tensor]] {
    var statistics: [[Tensor]] = nodes.map { _ in [] }
    for index in order { statistics[index] = nodes[index].layer.accompanyForward(pass) }
    return statistics
  }

  /// The same on the way back; `finish` is given zeros as gradients.
  func accompanyBackward(
    isWanted: [Bool]?, _ pass: Pass, finish: (Range<Int>, [Tensor]) -> Void
  ) {
    var users = userCounts
    let needed = nodesNeeded(isWanted)
    var reached = nodes.map { _ in false }
    for case .node(let index) in outputs { reached[index] = true }
    for index in order.reversed() {
      let owner = nodes[index].owner
      defer {
        users[owner] -= 1
        if users[owner] == 0 {
          finish(
            nodes[owner].parameterRange,
            nodes[owner].layer.parameters.map { Tensor(shape: $0.shape) })
        }
      }
      guard needed[index], reached[index] else { continue }
      for case .node(let before) in nodes[index].inputs where needed[before] {
        reached[before] = true
      }
      let isWanted = nodes[index].inputs.contains { source in
        if case .node(let before) = source { needed[before] } else { false }
      }
      if isWanted { nodes[index].layer.accompanyBackward(pass) }
    }
  }

  /// For each node, whether it or one that it depends on has a parameter whose gradient is wanted.
  private func nodesNeeded(_ isWanted: [Bool]?) -> [Bool] {
    var needed = nodes.map { _ in false }
    for index in order {
      let own = nodes[index].parameterRange.contains { isWanted?[$0] ?? true }
      needed[index] =
        own
        || nodes[index].inputs.contains { source in
          if case .node(let before) = source { needed[before] } else { false }
        }
    }
    return needed
  }
}

extension Tensor? {
  /// Adds a gradient from another node that the same frames went to.
  fileprivate mutating func add(_ more: Tensor) {
    guard var sum = take() else {
      self = more
      return
    }
    sum.add(more)
    self = sum
  }
}

/// Frames on their way: each is let go of when the last node that needs it has taken it, so that it may work in their memory.
struct Flow {
  private var inputs: [Sequences?]
  private var nodes: [Sequences?]
  private var inputUses: [Int]
  private var nodeUses: [Int]

  init(_ graph: Graph, _ inputs: consuming [Sequences]) {
    precondition(inputs.count == graph.description.inputs.count, "as many inputs as described")
    inputUses = inputs.map { _ in 0 }
    nodeUses = graph.nodes.map { _ in 0 }
    self.inputs = inputs.map { $0 }
    nodes = graph.nodes.map { _ in nil }
    for source in graph.nodes.flatMap(\.inputs) + graph.outputs {
      switch source {
      case .input(let index): inputUses[index] += 1
      case .node(let index): nodeUses[index] += 1
      }
    }
  }

  mutating func give(_ frames: consuming Sequences, of node: Int) {
    if nodeUses[node] > 0 { nodes[node] = frames }
  }

  mutating func take(_ source: Graph.Source) -> Sequences {
    let frames: Sequences?
    switch source {
    case .input(let index):
      inputUses[index] -= 1
      frames = inputUses[index] == 0 ? inputs[index].take() : inputs[index]
    case .node(let index):
      nodeUses[index] -= 1
      frames = nodeUses[index] == 0 ? nodes[index].take() : nodes[index]
    }
    guard let frames else { preconditionFailure("frames are taken as often as they are used") }
    return frames
  }
}
