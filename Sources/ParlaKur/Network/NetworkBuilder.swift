import ParlaDescriptions
import ParlaNeuralNetwork

/// Values in a model that is being built.
///
/// Kur's arrays are [batch, axes]. With two axes or more the first is time and the others are a frame's; with one there is no time: the
/// whole sequence is one frame. Inside of `parallel` all axes are a frame's.
struct NetworkValue {
  /// The node or input of the graph that gives them.
  var node: String
  var isSequence: Bool
  /// How many frames a sequence has; nil where that differs.
  var frameCount: Int?
  /// The axes of a frame.
  var axes: [Int]

  /// The lengths of Kur's axes behind the batch's.
  var shape: [Int?] { (isSequence ? [frameCount] : []) + axes.map { $0 } }
}

/// Makes a graph of the containers of a model, one after another.
struct NetworkBuilder {
  let path: String
  let conventions: KurConventions
  let inputShapes: [String: [Int?]]

  var inputs: [KurNetwork.Port] = []
  var nodes: [NodeDescription] = []
  var weights: [KurWeight] = []
  var layers: [KurLayer] = []
  var notes: [String] = []
  var frozenNodes: Set<String> = []
  private var outputs: [(name: String, value: NetworkValue)] = []
  private var values: [String: NetworkValue] = [:]
  private var containers: [String: KurContainer] = [:]
  private var previous: (name: String, value: NetworkValue)?

  /// The nodes with weights of each container, for those that use them again.
  private var owners: [String: [String]] = [:]
  /// Those that the container in work is to use instead of its own.
  private var reused: [String]?
  private var nodesWithWeights: Set<String> = []
  private var usedNames: Set<String> = []

  /// The container in work.
  var current = KurContainer(kind: "", name: "", place: "model")
  /// The prefix of its layers' names in files if it is inside of `parallel`, and the number of its layers there.
  var parallel: (name: String, child: String, index: Int, count: Int)?
  /// Keras' numbers of layers without names.
  var kerasCounts: [String: Int] = [:]

  init(path: String, conventions: KurConventions, inputShapes: [String: [Int?]]) {
    self.path = path
    self.conventions = conventions
    self.inputShapes = inputShapes
  }

  func failure(_ found: String, _ expected: String) -> KurError {
    .section(
      path: path, place: "\(current.place) (\(current.name))", found: found, expected: expected)
  }

  // MARK: - Containers

  /// Adds `containers` in their order; `isFrozen` holds where they say nothing else.
  mutating func add(
    _ containers: [KurContainer], isFrozen: Bool = false, inputs: [PythonValue] = []
  ) throws(KurError) {
    var inputs = inputs
    for container in containers {
      let isFrozen = container.isFrozen ?? isFrozen
      let own = container.inputs.isEmpty ? inputs : container.inputs
      switch container.kind {
      case "meta", "for", "for_each":
        try add(container.children, isFrozen: isFrozen, inputs: own)
        register(container, previous?.value)
      case "debug", "assert": continue
      default: try add(layer: container, isFrozen: isFrozen, inputs: own)
      }
      inputs = []
    }
  }

  private mutating func add(
    layer container: KurContainer, isFrozen: Bool, inputs: [PythonValue]
  ) throws(KurError) {
    current = container
    guard values[container.name] == nil else {
      throw failure("the name \(container.name) a second time", "a name of its own for each layer")
    }
    if container.kind == "input" {
      return finish(container, try input(container), from: [])
    }
    let sources = try sources(inputs)
    let first = nodes.count
    let value =
      container.isActive
      ? try built(container, sources.map(\.value)) : sources[0].value
    if isFrozen { frozenNodes.formUnion(nodes[first...].map(\.name)) }
    owners[container.name] = weightOwners(from: first)
    finish(container, value, from: sources.map(\.name))
  }

  /// The nodes that own the weights of those from number `first` on.
  func weightOwners(from first: Int) -> [String] {
    nodes[first...].compactMap { $0.reuse ?? (nodesWithWeights.contains($0.name) ? $0.name : nil) }
  }

  private mutating func finish(
    _ container: KurContainer, _ value: NetworkValue, from sources: [String]
  ) {
    register(container, value)
    previous = (container.name, value)
    layers.append(
      KurLayer(
        name: container.name, kind: container.kind, inputs: sources, shape: value.shape,
        node: value.node))
    if container.isSink { outputs.append((container.name, value)) }
  }

  private mutating func register(_ container: KurContainer, _ value: NetworkValue?) {
    values[container.name] = value
    containers[container.name] = container
  }

  /// The layers whose outputs the container in work takes.
  private func sources(
    _ inputs: [PythonValue]
  ) throws(KurError) -> [(name: String, value: NetworkValue)] {
    guard !inputs.isEmpty else {
      guard let previous else {
        throw failure("no layer before it", "an input as the model's first layer")
      }
      return [previous]
    }
    var found: [(name: String, value: NetworkValue)] = []
    for input in inputs {
      guard let value = values[input.text] else {
        let suggestion = nearest(input.text, values.keys).map { "; did you mean \($0)?" } ?? ""
        throw failure(
          "the input \(input.text), which is no layer before it\(suggestion)",
          "one of " + values.keys.sorted().joined(separator: ", "))
      }
      found.append((input.text, value))
    }
    if found.count > 1 && current.kind != "merge" {
      throw failure("\(found.count) inputs", "one; only merge takes several")
    }
    return found
  }

  /// The layers of `container`, or those of the one that it uses again.
  mutating func built(
    _ container: KurContainer, _ inputs: [NetworkValue]
  ) throws(KurError) -> NetworkValue {
    guard container.kind == "reuse" else { return try layer(container, inputs) }
    let name = container.parameters["target"]?.text ?? ""
    guard let target = containers[name], let nodes = owners[name] else {
      let suggestion = nearest(name, owners.keys).map { "; did you mean \($0)?" } ?? ""
      throw failure("\(name), which is no layer before it\(suggestion)", "the name of a layer")
    }
    reused = nodes
    defer { reused = nil }
    return try layer(target, inputs)
  }

  /// Makes the containers inside of `parallel` known for others to use again.
  mutating func registerChild(_ container: KurContainer, nodes: [String], isFrozen: Bool?) {
    containers[container.name] = container
    owners[container.name] = nodes
    if isFrozen == true { frozenNodes.formUnion(nodes) }
  }

  // MARK: - Nodes

  /// Adds a node of the current container; its name is that of the container, if it is still free.
  mutating func node(
    _ kind: String, _ fields: [String: FieldValue] = [:], of inputs: [NetworkValue],
    hasWeights: Bool = false
  ) -> String {
    let base = parallel.map { "\($0.name)/\(current.name)" } ?? current.name
    var name = base
    var number = 1
    while !usedNames.insert(name).inserted {
      name = "\(base)/\(number)"
      number += 1
    }
    var owner: String?
    if hasWeights {
      owner = reused?.first
      reused = reused.map { Array($0.dropFirst()) }
      if owner == nil { nodesWithWeights.insert(name) }
    }
    nodes.append(
      NodeDescription(
        kind: kind, name: name, inputs: inputs.map(\.node), fields: fields, reuse: owner))
    return name
  }

  /// Whether the container in work uses the weights of another.
  var isReusing: Bool { reused != nil }

  /// An unused name, for an input of the graph.
  mutating func use(_ name: String) { usedNames.insert(name) }

  // MARK: - The network

  /// The graph of all that was added.
  func network() throws(KurError) -> KurNetwork {
    guard !outputs.isEmpty else {
      throw .section(
        path: path, place: "model", found: "no output",
        expected: "an `output` layer, or one with `sink: yes`")
    }
    let description = GraphDescription(
      inputs: inputs.map { .init(name: $0.name, shape: $0.axes.isEmpty ? [1] : $0.axes) },
      nodes: nodes, outputs: outputs.map(\.value.node))
    let graph: Graph
    do { graph = try Graph(description) } catch {
      let name = error.item.map { nodes[$0].name } ?? "model"
      throw .section(path: path, place: name, found: error.found, expected: error.expected)
    }
    let frozen = graph.nodes.filter { frozenNodes.contains($0.layer.name) }
    return KurNetwork(
      graph: graph, inputs: inputs,
      outputs: outputs.map { output in
        KurNetwork.Port(
          name: output.name, isSequence: output.value.isSequence,
          frameCount: output.value.frameCount, axes: output.value.axes)
      },
      weights: weights, frozenParameters: Set(frozen.flatMap { $0.layer.parameters.map(\.name) }),
      conventions: conventions, layers: layers, notes: notes)
  }
}
