/// The sizes of pieces of long sequences.
struct PieceLimits {
  /// How many numbers there are of a piece, at most, wherever it is.
  var numbers = 1 << 22

  /// The frames of a piece, at least: fewer leave a product's threads and registers idle.
  var leastFrames = 1 << 10
}

/// Long sequences go piece by piece through nodes that follow each other and need no more: what is between them then stays in the
/// processor's caches, and no memory is needed for all of it.
extension Graph {
  /// Nodes through which a sequence goes in pieces: their places in the graph's order, that of the one that needs a summary of the
  /// sequence first, and how many frames a piece has.
  struct PieceRun {
    var places: Range<Int>
    var summary: Int?
    var length: Int
  }

  /// How `frames` had better go through the nodes from `place` on; nil where they go as they are.
  ///
  /// `isWhole` says whether they are all frames of their sequence.
  func pieces(
    from place: Int, of frames: Sequences, isWhole: Bool, _ limits: PieceLimits,
    _ route: [[Int]?]
  ) -> PieceRun? {
    guard frames.count == 1, frames.frameCount > limits.leastFrames else { return nil }
    var run = PieceRun(places: place..<place, summary: nil, length: 0)
    var (width, share) = (Double(frames.featureCount), 1.0)
    while let index = order[run.places.upperBound...].first, route[index]?.count == 1,
      run.places.isEmpty || isOnlyUser(index, of: order[run.places.upperBound - 1], route)
    {
      let layer = nodes[index].layer
      if layer.makesSummary, run.summary == nil, isWhole {
        run.summary = run.places.upperBound
      } else if !layer.canStream || layer.timing.isWhole {
        break
      }
      share *= Double(layer.timing.factor) / Double(layer.timing.stride)
      width = max(width, share * Double(layer.output.count))
      run.places = place..<run.places.upperBound + 1
    }
    if let summary = run.summary, !isCheap(place..<summary, in: run.places) {
      run.places = place..<summary
      run.summary = nil
    }
    let numbers = Double(limits.numbers)
    guard run.places.count > 1, width * Double(frames.frameCount) > 2 * numbers else { return nil }
    run.length = max(limits.leastFrames, Int(numbers / width))
    return run
  }

  private func isOnlyUser(_ index: Int, of before: Int, _ route: [[Int]?]) -> Bool {
    let source = Source.node(before)
    guard !outputs.contains(source), let own = route[index]?.first,
      nodes[index].inputs[own] == source
    else { return false }
    return nodes.indices.allSatisfy { other in
      other == index || !(route[other] ?? []).contains { nodes[other].inputs[$0] == source }
    }
  }

  /// Whether nodes are so small a part of a run that they may as well be computed twice.
  private func isCheap(_ part: Range<Int>, in run: Range<Int>) -> Bool {
    func parameterCount(_ places: Range<Int>) -> Int {
      order[places].reduce(0) { sum, index in
        nodes[index].layer.parameters.reduce(sum) { $0 + $1.shape.reduce(1, *) }
      }
    }
    return 16 * parameterCount(part) <= parameterCount(run)
  }

  /// What comes out of the last node of `run` for `frames` of one sequence.
  func advance(
    _ run: PieceRun, _ frames: consuming Sequences, _ weights: GraphWeights,
    states: inout [LayerState], isLast: Bool, _ pass: Pass
  ) -> Sequences {
    let whole = frames.frames(of: 0)
    let count = whole.shape[0]
    let pieces = stride(from: 0, to: count, by: run.length).map { $0..<min($0 + run.length, count) }
    var summary: [Double] = []
    if let place = run.summary {
      var fresh = states
      for piece in pieces {
        let found = advance(
          run.places.lowerBound..<place, Sequences(full: whole.frames(piece)), weights,
          states: &fresh, isLast: isLast && piece.upperBound == count, pass)
        nodes[order[place]].layer.add(found, to: &summary, pass)
      }
    }
    var found: [Tensor] = []
    for piece in pieces {
      let isLast = isLast && piece.upperBound == count
      var frames = Sequences(full: whole.frames(piece))
      var start = run.places.lowerBound
      if let place = run.summary {
        frames = advance(
          start..<place, frames, weights, states: &states, isLast: isLast, pass)
        let index = order[place]
        frames = nodes[index].layer.output(
          frames, summary: summary, weights.nodes[index], pass)
        start = place + 1
      }
      frames = advance(
        start..<run.places.upperBound, frames, weights, states: &states, isLast: isLast, pass)
      found.append(frames.frames(of: 0))
    }
    return Sequences(full: Tensor(following: found))
  }

  /// What comes out of the nodes at `places`, one after another, for the next `frames` of one sequence.
  private func advance(
    _ places: Range<Int>, _ frames: consuming Sequences, _ weights: GraphWeights,
    states: inout [LayerState], isLast: Bool, _ pass: Pass
  ) -> Sequences {
    var taken = [frames]
    for index in order[places] {
      var memory = [states[index]]
      states[index] = LayerState()
      let output = nodes[index].layer.advance(
        &taken, weights.nodes[index], states: &memory, isLast: [isLast], pass)
      states[index] = memory[0]
      taken = [output]
    }
    return taken[0]
  }
}
