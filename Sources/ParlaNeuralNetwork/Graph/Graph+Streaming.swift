/// What a graph remembers of one sequence that comes in pieces.
package struct GraphState: Sendable {
  /// The state of each node.
  fileprivate var layers: [LayerState] = []

  /// For nodes with several inputs, frames of those that came before the others'.
  fileprivate var waiting: [Int: [Tensor]] = [:]

  /// Whether frames came before.
  fileprivate var hasSeenFrames = false

  /// Nothing was seen yet.
  package init() {}
}

extension Graph {
  /// What comes out for the next frames [frames, sequences, features] of some sequences, as far as it is certain already.
  ///
  /// The sequences' steps are done together; each sequence's result is what it would be alone. Where `isLast` says so, a
  /// sequence ends and all that is outstanding comes out.
  package func advance(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, states: inout [GraphState],
    isLast: [Bool]? = nil, _ pass: Pass
  ) -> [Sequences] {
    advance(inputs, weights, states: &states, isLast: isLast, pieces: PieceLimits(), pass)
  }

  /// The same, where long sequences go in pieces of such sizes.
  func advance(
    _ inputs: consuming [Sequences], _ weights: GraphWeights, states: inout [GraphState],
    isLast: [Bool]?, pieces limits: PieceLimits, _ pass: Pass
  ) -> [Sequences] {
    precondition(inputs.allSatisfy { $0.count == states.count }, "a state for each sequence")
    let isLast = isLast ?? states.map { _ in false }
    for number in states.indices where states[number].layers.isEmpty {
      states[number].layers = nodes.map { _ in LayerState() }
    }
    let route = route(pass)
    var flow = Flow(self, inputs, route)
    var place = 0
    while place < order.count {
      let index = order[place]
      place += 1
      guard var taken = flow.take(route[index], of: nodes[index]) else { continue }
      let isWhole = states.allSatisfy { !$0.hasSeenFrames } && !isLast.contains(false)
      if let run = pieces(from: place - 1, of: taken[0], isWhole: isWhole, limits, route) {
        let output = advance(
          run, taken.takeFirst(), weights, states: &states[0].layers, isLast: isLast[0], pass)
        place = run.places.upperBound
        flow.give(output, of: order[place - 1])
        continue
      }
      if taken.count > 1 { taken = aligned(taken, node: index, &states) }
      var memory = states.map { $0.layers[index] }
      for number in states.indices { states[number].layers[index] = LayerState() }
      let output = nodes[index].layer.advance(
        &taken, weights.nodes[index], states: &memory, isLast: isLast, pass)
      for number in states.indices { states[number].layers[index] = memory[number] }
      flow.give(output, of: index)
    }
    for number in states.indices { states[number].hasSeenFrames = !isLast[number] }
    return outputs.map { flow.take($0) }
  }

  /// The frames that have come of all inputs; the others wait for their counterparts, which layers that look ahead hold back.
  private func aligned(
    _ inputs: [Sequences], node: Int, _ states: inout [GraphState]
  ) -> [Sequences] {
    var pieces: [[Tensor]] = inputs.map { _ in [] }
    for number in states.indices {
      let new = inputs.map { $0.frames(of: number) }
      let all = states[number].waiting[node].map { zip($0, new).map { $0.followed(by: $1) } } ?? new
      let ready = all.map { $0.shape[0] }.min() ?? 0
      states[number].waiting[node] = all.map { $0.frames(ready..<$0.shape[0]) }
      for (index, frames) in all.enumerated() { pieces[index].append(frames.frames(0..<ready)) }
    }
    return pieces.map { Sequences(joining: $0) }
  }
}
