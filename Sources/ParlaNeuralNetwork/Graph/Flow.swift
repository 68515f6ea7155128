/// Frames on their way: each is let go of when the last node that needs it has taken it, so that it may work in their memory.
struct Flow {
  private var inputs: [Sequences?]
  private var nodes: [Sequences?]
  private var inputUses: [Int]
  private var nodeUses: [Int]

  /// `inputs` on their way through `graph`, by `route`.
  init(_ graph: Graph, _ inputs: consuming [Sequences], _ route: [[Int]?]) {
    precondition(inputs.count == graph.description.inputs.count, "as many inputs as described")
    inputUses = inputs.map { _ in 0 }
    nodeUses = graph.nodes.map { _ in 0 }
    self.inputs = inputs.map { $0 }
    nodes = graph.nodes.map { _ in nil }
    count(graph.outputs)
    for (index, node) in graph.nodes.enumerated() {
      count((route[index] ?? []).map { node.inputs[$0] })
    }
  }

  /// The frames of `source` on their way through the nodes `within`.
  init(
    _ graph: Graph, _ source: Graph.Source, _ frames: Sequences, within: ArraySlice<Int>,
    _ route: [[Int]?]
  ) {
    inputUses = graph.description.inputs.map { _ in 0 }
    nodeUses = graph.nodes.map { _ in 0 }
    inputs = inputUses.map { _ in nil }
    nodes = nodeUses.map { _ in nil }
    for index in within { count((route[index] ?? []).map { graph.nodes[index].inputs[$0] }) }
    switch source {
    case .input(let index): inputs[index] = frames
    case .node(let index): nodes[index] = frames
    }
  }

  private mutating func count(_ sources: [Graph.Source]) {
    for source in sources {
      switch source {
      case .input(let index): inputUses[index] += 1
      case .node(let index): nodeUses[index] += 1
      }
    }
  }

  mutating func give(_ frames: consuming Sequences, of node: Int) {
    if nodeUses[node] > 0 { nodes[node] = frames }
  }

  /// The frames of those of `node`'s inputs that `positions` names; nil where it names none, as the node is passed by.
  mutating func take(_ positions: [Int]?, of node: Graph.Node) -> [Sequences]? {
    guard let positions else { return nil }
    var taken: [Sequences] = []
    for position in positions { taken.append(take(node.inputs[position])) }
    return taken
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

  /// The frames of `source`, which stay.
  func frames(of source: Graph.Source) -> Sequences {
    let frames: Sequences? =
      switch source {
      case .input(let index): inputs[index]
      case .node(let index): nodes[index]
      }
    guard let frames else { preconditionFailure("frames that are needed later are there") }
    return frames
  }
}
