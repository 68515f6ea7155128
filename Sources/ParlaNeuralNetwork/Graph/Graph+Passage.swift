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

  /// Which of its inputs each node took; nil for those that were passed by.
  let route: [[Int]?]

  /// Stretches of the graph of which nothing was saved, so that they are computed again on the way back.
  var stretches: [Stretch] = []

  /// The places in the graph's order that it covers, and what goes in.
  struct Stretch: Sendable {
    let range: Range<Int>
    var start: (source: Graph.Source, frames: Sequences)?
  }
}

extension Graph {
  /// What comes out for `inputs`.
  package func callAsFunction(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, _ pass: Pass
  ) -> [Sequences] {
    let route = route(pass)
    var flow = Flow(self, inputs, route)
    for index in order {
      guard var taken = flow.take(route[index], of: nodes[index]) else { continue }
      flow.give(nodes[index].layer.forward(&taken, weights.nodes[index], pass).output, of: index)
    }
    return outputs.map { flow.take($0) }
  }

  /// What comes out for `inputs`, with what `backward` will need.
  ///
  /// `isWanted` says for each parameter whether `backward` will be asked for its gradient; nothing is kept where it will not come. When
  /// it `recomputes`, what lies between a few places is not kept either, but computed again by `backward` (Chen et al. 2016, "Training
  /// Deep Nets with Sublinear Memory Cost", section 4).
  package func forward(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, isWanted: [Bool]? = nil,
    recomputes: Bool = false, _ pass: Pass
  ) -> Passage {
    let route = route(pass)
    let needed = nodesNeeded(isWanted)
    var flow = Flow(self, inputs, route)
    var passage = Passage(
      outputs: [], saved: nodes.map { _ in nil }, statistics: nodes.map { _ in [] }, route: route)
    let stretches = recomputes ? stretches(needed, route) : []
    for (number, range) in (stretches.isEmpty ? [order.indices] : stretches).enumerated() {
      // The last one's way back comes at once.
      let isKept = number >= stretches.count - 1
      if !isKept {
        let start = order[range].lazy.flatMap { index in
          (route[index] ?? []).map { nodes[index].inputs[$0] }
        }.first
        passage.stretches.append(
          Passage.Stretch(
            range: range,
            start: order[range].contains { needed[$0] }
              ? start.map { ($0, flow.frames(of: $0)) } : nil))
      }
      for index in order[range] {
        guard var taken = flow.take(route[index], of: nodes[index]) else { continue }
        let result = nodes[index].layer.forward(&taken, weights.nodes[index], pass)
        if isKept, needed[index] { passage.saved[index] = result.saved }
        passage.statistics[index] = result.statistics
        flow.give(result.output, of: index)
      }
    }
    passage.outputs = outputs.map { flow.take($0) }
    return passage
  }

  /// Computes a stretch again, for its way back.
  private func recompute(
    _ stretch: consuming Passage.Stretch, _ passage: inout Passage, _ weights: GraphWeights,
    _ needed: [Bool], _ pass: Pass
  ) {
    let (range, route) = (stretch.range, passage.route)
    guard let start = stretch.start.take() else { return }
    var flow = Flow(self, start.source, start.frames, within: order[range], route)
    for index in order[range] {
      guard var taken = flow.take(route[index], of: nodes[index]) else { continue }
      let result = nodes[index].layer.forward(&taken, weights.nodes[index], pass)
      if needed[index] { passage.saved[index] = result.saved }
      flow.give(result.output, of: index)
    }
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
    isWanted: [Bool]?, _ pass: Pass, finish: (Range<Int>, consuming [Tensor]) -> Void
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
    let route = passage.route
    var users = userCounts
    for place in order.indices.reversed() {
      let index = order[place]
      defer {
        users[nodes[index].owner] -= 1
        if users[nodes[index].owner] == 0 {
          var own: [Tensor] = []
          swap(&own, &gradients[nodes[index].owner])
          // Given away: a sum over peers may begin at once, and would copy what somebody else holds.
          finish(nodes[nodes[index].owner].parameterRange, consume own)
        }
      }
      guard needed[index] else { continue }
      if let stretch = passage.stretches.last, place < stretch.range.upperBound {
        passage.stretches.removeLast()
        recompute(stretch, &passage, weights, needed, pass)
      }
      guard let gradient = waiting[index].take(), let saved = passage.saved[index].take(),
        let taken = route[index]
      else { continue }
      let node = nodes[index]
      let sources = taken.map { node.inputs[$0] }
      let wanted = sources.map { source in
        if case .node(let before) = source { needed[before] } else { false }
      }
      // The owner's own: part of an array of all would be copied when it is written.
      var own: [Tensor] = []
      swap(&own, &gradients[node.owner])
      var inputGradients = node.layer.backward(
        gradient, saved, weights.nodes[index], gradients: &own, wanted: wanted, pass)
      swap(&own, &gradients[node.owner])
      for (number, source) in sources.enumerated().reversed() {
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
    let route = route(pass)
    for index in order where route[index] != nil {
      statistics[index] = nodes[index].layer.accompanyForward(pass)
    }
    return statistics
  }

  /// The same on the way back; `finish` is given zeros as gradients.
  func accompanyBackward(
    isWanted: [Bool]?, _ pass: Pass, finish: (Range<Int>, consuming [Tensor]) -> Void
  ) {
    var users = userCounts
    let needed = nodesNeeded(isWanted)
    let route = route(pass)
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
      let sources = (route[index] ?? []).map { nodes[index].inputs[$0] }
      for case .node(let before) in sources where needed[before] { reached[before] = true }
      let isWanted = sources.contains { source in
        if case .node(let before) = source { needed[before] } else { false }
      }
      if isWanted { nodes[index].layer.accompanyBackward(pass) }
    }
  }

  /// For each node, whether it or one that it depends on has a parameter whose gradient is wanted.
  func nodesNeeded(_ isWanted: [Bool]?) -> [Bool] {
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
