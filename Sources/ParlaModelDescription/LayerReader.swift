import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork
import Yams

/// A layer as a description names it, and the lines where it does.
struct LocatedLayer {
  var description: NodeDescription
  var line: Int
  var fieldLines: [String: Int] = [:]

  /// The line of `field`, or that of the layer if it lacks the field.
  func line(of field: String?) -> Int { field.flatMap { fieldLines[$0] } ?? line }
}

/// Reads the layers and the features of a description, each value with its line.
struct LayerReader {
  let path: String
  var template: Template

  /// The layers that `list` describes, those of loops written out.
  func layers(_ list: some Sequence<Node>) throws(ModelError) -> [LocatedLayer] {
    var layers: [LocatedLayer] = []
    try add(list, to: &layers)
    return layers
  }

  private func add(
    _ list: some Sequence<Node>, to layers: inout [LocatedLayer]
  ) throws(ModelError) {
    for node in list {
      guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first,
        key.string == "for"
      else {
        layers.append(try layer(node, number: layers.count + 1))
        continue
      }
      try addLoop(value, at: key, to: &layers)
    }
  }

  /// How many layers a description may have.
  private static let layerLimit = 1 << 14

  /// Kur's `for`: `iterate` as often as `range` says, each time with its number, from 0 on, as `index` or what `with_index` names.
  private func addLoop(
    _ node: Node, at key: Node, to layers: inout [LocatedLayer]
  ) throws(ModelError) {
    for (name, _) in node.mapping ?? Node.Mapping([]) {
      let known = ["range", "with_index", "iterate"]
      guard !known.contains(name.string ?? "") else { continue }
      throw problem(
        name,
        DescriptionProblem(
          found: "`\(name.string ?? "a list or mapping")`", expected: "a field of for", known: known
        ))
    }
    let range = node.mapping?["range"]
    let found = if let range { try filled(range) } else { "no range" }
    guard let count = Int(found), (0...Self.layerLimit).contains(count) else {
      throw problem(range ?? key, found, "`range: N`, how often the layers are repeated")
    }
    guard let list = node.mapping?["iterate"]?.sequence else {
      throw problem(key, "a for without layers", "`iterate:` and a list of layers")
    }
    let name = try text("with_index", in: node) ?? "index"
    var inner = self
    for index in 0..<count {
      inner.template.values[name] = "\(index)"
      try inner.add(list, to: &layers)
      guard layers.count <= Self.layerLimit else {
        throw problem(key, "more than \(Self.layerLimit) layers", "fewer repetitions")
      }
    }
  }

  /// The layer that `node`, the `number`th of the list, describes.
  ///
  /// `dense: {size: 512}`, or `dropout: 0.1` if a kind has a main field, or `gelu` without any field.
  func layer(_ node: Node, number: Int) throws(ModelError) -> LocatedLayer {
    if let kind = node.scalar?.string, !kind.isEmpty {
      return try layer(node, kind, Node(""), number: number)
    }
    guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first,
      let kind = key.string
    else {
      throw problem(
        node, "a layer without a kind", "one mapping a layer, such as `dense: {size: 512}`")
    }
    return try layer(key, kind, value, number: number)
  }

  private func layer(
    _ key: Node, _ keyName: String, _ value: Node, number: Int
  ) throws(ModelError) -> LocatedLayer {
    let kind = try self.kind(key, keyName, value)
    var layer = LocatedLayer(
      description: NodeDescription(kind: kind.kind, name: "\(keyName)_\(number)"),
      line: line(key))
    let isFamily = keyName == kind.family
    guard let mapping = value.mapping else {
      if value.sequence == nil, value.scalar?.string.isEmpty ?? true { return layer }
      guard let field = kind.mainField else {
        throw problem(
          value, "a value", "`name: value` for each field in a mapping, such as `{name: a}`")
      }
      layer.description.fields[field] = try self.value(value)
      layer.fieldLines[field] = line(value)
      return layer
    }
    for (key, value) in mapping {
      let field = key.string ?? ""
      layer.fieldLines[field] = line(value) == 0 ? line(key) : line(value)
      switch field {
      case "name": layer.description.name = try filled(value)
      case "reuse": layer.description.reuse = try filled(value)
      case "inputs": layer.description.inputs = try texts(value)
      case "type" where isFamily: continue
      default:
        layer.fieldLines[field] = line(key)
        layer.description.fields[field] = try self.value(value)
      }
    }
    return layer
  }

  /// The kind for `name`: itself, or one of the family that its `type` names.
  private func kind(
    _ key: Node, _ name: String, _ value: Node
  ) throws(ModelError) -> any Layer.Type {
    if let kind = LayerKinds.named(name) { return kind }
    let family = LayerKinds.inFamily(name)
    guard !family.isEmpty else {
      throw problem(
        key,
        DescriptionProblem(
          found: "`\(name)`", expected: "a kind of layer", known: LayerKinds.keys))
    }
    let type = try text("type", in: value) ?? ""
    guard let kind = family.first(where: { $0.kind == type }) else {
      throw problem(
        value["type"] ?? key,
        DescriptionProblem(
          found: "\"\(type)\"", expected: "a type of \(name)", known: family.map { $0.kind }))
    }
    return kind
  }

  func value(_ node: Node) throws(ModelError) -> FieldValue {
    guard let sequence = node.sequence else { return .text(try filled(node)) }
    var values: [FieldValue] = []
    for node in sequence { values.append(try value(node)) }
    return .list(values)
  }

  /// The names of the nodes that come out; nil where `node` says nothing.
  func outputs(_ node: Node?) throws(ModelError) -> [String]? {
    guard let node else { return nil }
    return try texts(node)
  }

  private func texts(_ node: Node) throws(ModelError) -> [String] {
    guard let sequence = node.sequence else { return [try filled(node)] }
    var texts: [String] = []
    for node in sequence { texts.append(try filled(node)) }
    return texts
  }

  /// The features that `node` describes; DeepSpeech's where it is silent.
  func features(_ node: Node?) throws(ModelError) -> FeatureSettings {
    guard let node else { return FeatureSettings() }
    guard let mapping = node.mapping else {
      throw problem(node, "features that are no mapping", "`features: {type: mfcc, …}`")
    }
    var fields: [String: FieldValue] = [:]
    for (key, value) in mapping where key.string != "type" {
      fields[key.string ?? ""] = try self.value(value)
    }
    let kind = try text("type", in: node) ?? FeatureSettings().kind
    do { return try FeatureSettings(described: kind, fields) } catch {
      let place = mapping.first { $0.key.string == error.field }
      let isName = error.found.hasPrefix("`")
      throw problem(isName ? place?.key ?? node : place?.value ?? node, error)
    }
  }

  private func text(_ key: String, in node: Node) throws(ModelError) -> String? {
    guard let value = node.mapping?[key] else { return nil }
    return try filled(value)
  }

  private func filled(_ node: Node) throws(ModelError) -> String {
    guard let text = node.scalar?.string else {
      throw problem(node, "a list or mapping", "a text or a number")
    }
    switch template.filled(text) {
    case .success(let filled): return filled
    case .failure(let unknown):
      throw problem(
        node,
        DescriptionProblem(
          found: "{{ \(unknown.name) }}", expected: "a setting",
          known: template.values.keys.sorted()))
    }
  }

  private func line(_ node: Node) -> Int { node.mark?.line ?? 0 }

  private func problem(_ node: Node, _ found: String, _ expected: String) -> ModelError {
    .badDescription(path: path, line: line(node), found: found, expected: expected)
  }

  private func problem(_ node: Node, _ problem: DescriptionProblem) -> ModelError {
    ModelError(problem, path: path, line: line(node))
  }
}
