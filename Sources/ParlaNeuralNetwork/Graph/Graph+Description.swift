package import ParlaDescriptions

extension Graph {
  /// A chain of `nodes` for frames of `inputCount` features.
  ///
  /// - Throws: `DescriptionProblem`, with the number of the node.
  package init(_ nodes: [NodeDescription], inputCount: Int) throws(DescriptionProblem) {
    try self.init(GraphDescription(inputs: [.init(shape: [inputCount])], nodes: nodes))
  }

  /// The graph that `description` describes.
  ///
  /// - Throws: `DescriptionProblem` for a duplicate name, a missing input, a cycle, frames that do not
  ///   fit, or a field that is wrong; with the number of the node.
  package init(_ description: GraphDescription) throws(DescriptionProblem) {
    let names = try Names(description)
    let sources = try names.sources(description)
    let order = try names.order(sources, description)
    var building = Building(description, sources: sources)
    for index in order { try building.add(index) }
    self.init(
      description: building.description, nodes: try building.placed(),
      outputs: try names.outputs(description), order: order)
  }
}

/// The names of a graph's inputs and nodes.
private struct Names {
  private var sources: [String: Graph.Source] = [:]
  private let known: [String]

  init(_ description: GraphDescription) throws(DescriptionProblem) {
    known = description.inputs.map(\.name) + description.nodes.map(\.name)
    for (index, input) in description.inputs.enumerated() {
      sources[input.name] = .input(index)
    }
    for (index, node) in description.nodes.enumerated() {
      guard !node.name.isEmpty else {
        throw DescriptionProblem(
          item: index, field: "name", found: "an empty name", expected: "a name of letters")
      }
      guard sources.updateValue(.node(index), forKey: node.name) == nil else {
        throw DescriptionProblem(
          item: index, field: "name", found: "the name `\(node.name)` a second time",
          expected: "a name of its own for each node")
      }
    }
  }

  func source(
    _ name: String, item: Int?, field: String
  ) throws(DescriptionProblem) -> Graph.Source {
    guard let source = sources[name] else {
      throw DescriptionProblem(
        item: item, field: field, found: "`\(name)`",
        expected: "a node or an input", known: known)
    }
    return source
  }

  /// The source of each node's inputs: by default, the node before.
  func sources(_ description: GraphDescription) throws(DescriptionProblem) -> [[Graph.Source]] {
    var result: [[Graph.Source]] = []
    for (index, node) in description.nodes.enumerated() {
      guard let inputs = node.inputs else {
        result.append([index == 0 ? .input(0) : .node(index - 1)])
        continue
      }
      var own: [Graph.Source] = []
      for name in inputs { own.append(try source(name, item: index, field: "inputs")) }
      result.append(own)
    }
    return result
  }

  func outputs(_ description: GraphDescription) throws(DescriptionProblem) -> [Graph.Source] {
    guard let outputs = description.outputs else {
      return [description.nodes.isEmpty ? .input(0) : .node(description.nodes.count - 1)]
    }
    var result: [Graph.Source] = []
    for name in outputs { result.append(try source(name, item: nil, field: "outputs")) }
    guard !result.isEmpty else {
      throw DescriptionProblem(
        field: "outputs", found: "no output", expected: "the name of a node")
    }
    return result
  }

  /// An order in which every node comes after those whose frames or weights it uses; that of the description where it can be.
  func order(
    _ sources: [[Graph.Source]], _ description: GraphDescription
  ) throws(DescriptionProblem) -> [Int] {
    var needs: [[Int]] = []
    for (index, inputs) in sources.enumerated() {
      var needed = inputs.compactMap { if case .node(let before) = $0 { before } else { nil } }
      if let name = description.nodes[index].reuse,
        case .node(let owner) = try source(name, item: index, field: "reuse")
      {
        needed.append(owner)
      }
      needs.append(needed)
    }
    var order: [Int] = []
    var isPlaced = [Bool](repeating: false, count: sources.count)
    var isOpen = isPlaced
    var path: [Int] = []
    func place(_ index: Int) throws(DescriptionProblem) {
      guard !isPlaced[index] else { return }
      path.append(index)
      guard !isOpen[index] else {
        let circle = path[(path.firstIndex(of: index) ?? 0)...].reversed()
        throw DescriptionProblem(
          item: index, field: "inputs",
          found: "the circle "
            + circle.map { "`\(description.nodes[$0].name)`" }.joined(separator: " → "),
          expected: "nodes that need only what comes before them")
      }
      isOpen[index] = true
      for before in needs[index] { try place(before) }
      isPlaced[index] = true
      path.removeLast()
      order.append(index)
    }
    for index in sources.indices { try place(index) }
    return order
  }
}

/// A graph while its layers are made one after another.
private struct Building {
  private(set) var description: GraphDescription
  private let sources: [[Graph.Source]]
  private var layers: [Int: any Layer] = [:]
  private var owners: [Int: Int] = [:]
  private var positions: [Int: FramePosition] = [:]

  init(_ description: GraphDescription, sources: [[Graph.Source]]) {
    self.description = description
    self.sources = sources
  }

  /// Makes the layer of node `index`; those that it needs are there.
  mutating func add(_ index: Int) throws(DescriptionProblem) {
    let node = description.nodes[index]
    let owner = node.reuse.flatMap { name in
      description.nodes.firstIndex { $0.name == name }.map { owners[$0] ?? $0 }
    }
    do {
      try make(index, node, owner: owner)
    } catch {
      throw error.of(item: index)
    }
  }

  private mutating func make(
    _ index: Int, _ node: NodeDescription, owner: Int?
  ) throws(DescriptionProblem) {
    guard let kind = LayerKinds.named(node.kind) else {
      throw DescriptionProblem(
        found: "`\(node.kind)`", expected: "a kind of layer", known: LayerKinds.keys)
    }
    let inputs = sources[index].map(shape)
    guard kind.inputCounts.contains(inputs.count) else {
      let counts = kind.inputCounts
      throw DescriptionProblem(
        field: "inputs", found: "\(inputs.count) inputs of \(kind.kind)",
        expected: counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) or more")
    }
    if let owner, description.nodes[owner].kind != kind.kind {
      throw DescriptionProblem(
        field: "reuse", found: "weights of \(kind.kind)",
        expected: "those of `\(description.nodes[owner].name)`, of \(description.nodes[owner].kind)"
      )
    }
    let settings = owner.map { description.nodes[$0].fields.merging(node.fields) { $1 } }
    var reader = FieldReader(settings ?? node.fields)
    let layer = try kind.init(
      LayerPlace(name: node.name, index: index, inputs: inputs), &reader)
    try reader.requireAllRead()
    guard layer.output.axes.allSatisfy({ $0 > 0 }), layer.output.count <= 1 << 24 else {
      throw DescriptionProblem(
        found: "frames \(layer.output) after \(node.kind)", expected: "a number of features")
    }
    if let owner { try requireSameWeights(layer, owner) }
    description.nodes[index].fields = reader.resolved
    description.nodes[index].inputs = sources[index].map(name)
    layers[index] = layer
    owners[index] = owner ?? index
    let before = sources[index].map(position)
    positions[index] = try joined(before).followed(by: layer.timing)
  }

  private func requireSameWeights(
    _ layer: any Layer, _ owner: Int
  ) throws(DescriptionProblem) {
    guard let other = layers[owner] else { return }
    let (own, its) = (layer.parameters + layer.buffers, other.parameters + other.buffers)
    guard own.map(\.shape) == its.map(\.shape) else {
      throw DescriptionProblem(
        field: "reuse", found: "weights \(own.map(\.shape))",
        expected: "those of `\(other.name)`, \(its.map(\.shape))")
    }
  }

  /// Frames of several inputs are put together one by one, so they must come equally often, unless their number is fixed.
  private func joined(_ inputs: [FramePosition]) throws(DescriptionProblem) -> FramePosition {
    guard let first = inputs.first else { return FramePosition() }
    if let fixed = inputs.first(where: \.isFixed) { return fixed }
    guard inputs.allSatisfy({ $0.stride == first.stride }) else {
      throw DescriptionProblem(
        field: "inputs",
        found:
          "a frame for each \(inputs.map { "\($0.stride)" }.joined(separator: " and ")) frames",
        expected: "inputs of one frame rate")
    }
    return FramePosition(
      stride: first.stride, lookAhead: inputs.map(\.lookAhead).max() ?? first.lookAhead)
  }

  private func shape(_ source: Graph.Source) -> FrameShape {
    switch source {
    case .input(let index): FrameShape(description.inputs[index].shape)
    case .node(let index): layers[index]?.output ?? FrameShape(0)
    }
  }

  private func position(_ source: Graph.Source) -> FramePosition {
    switch source {
    case .input: FramePosition()
    case .node(let index): positions[index] ?? FramePosition()
    }
  }

  private func name(_ source: Graph.Source) -> String {
    switch source {
    case .input(let index): description.inputs[index].name
    case .node(let index): description.nodes[index].name
    }
  }

  /// The nodes, each with the places of its parameters and buffers.
  func placed() throws(DescriptionProblem) -> [Graph.Node] {
    var parameterRanges: [Int: Range<Int>] = [:]
    var bufferRanges: [Int: Range<Int>] = [:]
    var (parameterCount, bufferCount) = (0, 0)
    for index in description.nodes.indices where owners[index] == index {
      guard let layer = layers[index] else { continue }
      parameterRanges[index] = parameterCount..<parameterCount + layer.parameters.count
      bufferRanges[index] = bufferCount..<bufferCount + layer.buffers.count
      parameterCount += layer.parameters.count
      bufferCount += layer.buffers.count
    }
    return description.nodes.indices.compactMap { index in
      guard let layer = layers[index], let owner = owners[index] else { return nil }
      return Graph.Node(
        layer: layer, inputs: sources[index], owner: owner,
        parameterRange: parameterRanges[owner] ?? 0..<0, bufferRange: bufferRanges[owner] ?? 0..<0,
        position: positions[index] ?? FramePosition())
    }
  }
}
