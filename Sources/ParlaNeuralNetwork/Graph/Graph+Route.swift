extension Graph {
  /// Which of its inputs each node takes in `pass`, by their positions; nil for one that is passed by, since nothing takes what it gives.
  package func route(_ pass: Pass) -> [[Int]?] {
    let chosen = nodes.map { $0.layer.chosenInput(pass) }
    guard chosen.contains(where: { $0 != nil }) else {
      return nodes.map { Array($0.inputs.indices) }
    }
    var route: [[Int]?] = nodes.map { _ in nil }
    var isTaken = nodes.map { _ in false }
    for case .node(let index) in outputs { isTaken[index] = true }
    for index in order.reversed() where isTaken[index] {
      let positions = chosen[index].map { [$0] } ?? Array(nodes[index].inputs.indices)
      route[index] = positions
      for position in positions {
        if case .node(let before) = nodes[index].inputs[position] { isTaken[before] = true }
      }
    }
    return route
  }

  /// The graph's order cut into stretches, so that little has to be kept at any time when all but the last are computed again; empty
  /// where it cannot be cut.
  ///
  /// Only nodes that are `needed` keep anything. A stretch ends where only one node's frames are still needed.
  func stretches(_ needed: [Bool], _ route: [[Int]?]) -> [Range<Int>] {
    guard description.inputs.count == 1 else { return [] }
    let blocks = blocks(needed, route)
    guard blocks.count > 1 else { return [] }
    let total = blocks.reduce(0) { $0 + $1.kept }
    var best: (cost: Int, ranges: [Range<Int>]) = (total, [])
    for part in 1...Self.stretchSizes {
      let limit = total * part / Self.stretchSizes
      let found = joined(blocks, limit: limit)
      if found.cost < best.cost { best = found }
    }
    return best.ranges
  }

  /// How many sizes of stretches are compared.
  private static let stretchSizes = 48

  /// The least that can be cut off.
  private struct Block {
    let range: Range<Int>
    /// How many numbers its nodes keep for each frame of the graph's inputs.
    let kept: Int
    /// How many numbers of each frame come in.
    let start: Int
  }

  private func blocks(_ needed: [Bool], _ route: [[Int]?]) -> [Block] {
    var lastUse: [Source: Int] = [:]
    for source in outputs { lastUse[source] = order.count }
    for (place, index) in order.enumerated().reversed() {
      for position in route[index] ?? [] {
        let source = nodes[index].inputs[position]
        lastUse[source] = max(lastUse[source] ?? 0, place)
      }
    }
    var blocks: [Block] = []
    var open = Set(lastUse.keys.filter { if case .input = $0 { true } else { false } })
    var (first, kept, start) = (0, 0, open.reduce(0) { $0 + width($1) })
    for (place, index) in order.enumerated() where route[index] != nil {
      if needed[index] { kept += share(nodes[index].layer.memory.kept, of: index) }
      open = open.filter { lastUse[$0] ?? 0 > place }
      if lastUse[.node(index)] != nil { open.insert(.node(index)) }
      guard open == [.node(index)], place + 1 < order.count else { continue }
      blocks.append(Block(range: first..<place + 1, kept: kept, start: kept == 0 ? 0 : start))
      (first, kept, start) = (place + 1, 0, width(.node(index)))
    }
    blocks.append(Block(range: first..<order.count, kept: kept, start: kept == 0 ? 0 : start))
    return blocks
  }

  /// Blocks joined so that none keeps more than `limit`, unless it does by itself; and what is kept at most at any time.
  private func joined(_ blocks: [Block], limit: Int) -> (cost: Int, ranges: [Range<Int>]) {
    var ranges: [Range<Int>] = []
    var (starts, kept, largest) = (0, 0, 0)
    for block in blocks {
      // Not behind nodes that keep nothing: they would be computed again too.
      if let last = ranges.last, kept + block.kept <= limit, kept > 0 || block.kept == 0 {
        ranges[ranges.count - 1] = last.lowerBound..<block.range.upperBound
        kept += block.kept
      } else {
        ranges.append(block.range)
        kept = block.kept
        starts += block.start
      }
      largest = max(largest, kept)
    }
    return (starts + largest, ranges)
  }

  private func width(_ source: Source) -> Int {
    guard case .node(let index) = source else { return shape(of: source).count }
    return share(shape(of: source).count, of: index)
  }

  /// `count` numbers of each frame of a node, for each frame of the graph's inputs.
  private func share(_ count: Int, of node: Int) -> Int {
    let stride = nodes[node].position.stride
    return (count + stride - 1) / stride
  }

  /// How many numbers training keeps for each frame of the inputs: what stays for the way back, and what the way back needs at
  /// its widest place.
  ///
  /// `isWanted` says which parameters learn, and with `recomputes` most is computed again on the way back.
  package func valuesPerFrame(isWanted: [Bool]? = nil, recomputes: Bool = false) -> Int {
    let inputs = description.inputs.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let needed = nodesNeeded(isWanted)
    let all = nodes.map { Array($0.inputs.indices) }
    let blocks = blocks(needed, all)
    var kept = blocks.reduce(0) { $0 + $1.kept }
    if recomputes, description.inputs.count == 1 {
      let total = kept
      for part in 1...Self.stretchSizes {
        kept = min(kept, joined(blocks, limit: total * part / Self.stretchSizes).cost)
      }
    }
    let widest = nodes.indices.reduce(inputs) {
      max($0, share(nodes[$1].layer.memory.working, of: $1))
    }
    return 2 * inputs + kept + widest
  }
}
