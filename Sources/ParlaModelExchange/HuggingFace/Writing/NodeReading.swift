import ParlaAcousticModel
import ParlaDescriptions
import ParlaNeuralNetwork

/// A network's nodes by name, as far as another toolkit's settings are derived from them.
///
/// Whatever is missing has a value that no setting has: the derived network is compared with the given one afterwards.
struct NodeReading {
  private let nodes: [String: NodeDescription]
  private let all: [NodeDescription]

  init(_ description: ModelDescription) {
    all = description.layers
    nodes = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
  }

  func has(_ name: String) -> Bool { nodes[name] != nil }

  /// How many nodes are called `NAME_1`, `NAME_2` and so on.
  func count(_ name: String) -> Int { (1...).prefix { has("\(name)_\($0)") }.count }

  func kind(_ name: String) -> String { nodes[name]?.kind ?? "" }

  func number(_ name: String, _ field: String) -> Double {
    if case .number(let value)? = nodes[name]?.fields[field] { value } else { 0 }
  }

  func integer(_ name: String, _ field: String) -> Int { nodes[name]?.fields[field]?.integer ?? 0 }

  func text(_ name: String, _ field: String) -> String { nodes[name]?.fields[field]?.text ?? "" }

  func flag(_ name: String, _ field: String) -> Bool {
    if case .flag(let value)? = nodes[name]?.fields[field] { value } else { false }
  }

  /// The rate of a node that drops units out; 0 where it is not there.
  func rate(_ name: String) -> Double { number(name, "rate") }

  /// How often blocks are passed by.
  var layerDrop: Double {
    all.last { $0.kind == LayerDrop.kind }.map { rate($0.name) } ?? 0
  }
}
