import Foundation
public import ParlaAcousticModel
import ParlaAudio
public import ParlaDescriptions
import ParlaFiles
import ParlaNeuralNetwork
import Yams

/// A model's description in YAML: features, settings, and layers that may refer to settings as `{{ name }}`.
///
/// The form is Kur's (deepgram/kur, `docs/source/specification.rst`): a list of layers, each a mapping with one key; `for` repeats some.
public struct ModelFile: Sendable {
  private let path: String
  private let yaml: String

  /// Takes the text of a description; `path` is for messages.
  public init(yaml: String, path: String) {
    self.yaml = yaml
    self.path = path
  }

  /// Reads the description at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notYAML` where it is no text.
  public init(path: String) throws(ModelError) {
    let data: Data
    do { data = try FileContent.bytes(path) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    guard let yaml = String(data: data, encoding: .utf8) else {
      throw .notYAML(path: path, reason: "found bytes that are not UTF-8, expected text")
    }
    self.init(yaml: yaml, path: path)
  }

  /// The model that the text describes, with `settings` in place of its own and `labelCount` outputs.
  ///
  /// - Throws: `ModelError.notYAML`, `.badDescription` with the line, `.badSetting` for one of `settings`.
  public func description(
    labelCount: Int, settings: [String: String] = [:]
  ) throws(ModelError) -> ModelDescription {
    do { return try described(labelCount: labelCount, settings) } catch {
      guard case .badDescription = error else { throw error }
      throw blamed(error, labelCount: labelCount, settings)
    }
  }

  /// `problem`, told of the setting that makes it where the description is well without.
  private func blamed(
    _ problem: ModelError, labelCount: Int, _ settings: [String: String]
  ) -> ModelError {
    var tried: [String: String] = [:]
    guard (try? described(labelCount: labelCount, tried)) != nil else { return problem }
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      tried[name] = value
      do { _ = try described(labelCount: labelCount, tried) } catch {
        guard case .badDescription(_, let line, let found, let expected) = error else {
          return error
        }
        let place = "line \(line) of \(path)"
        let isItself = found == "\"\(value)\""
        return .badSetting(
          name: name, found: isItself ? value : "\(value), which gives \(found) in \(place)",
          expected: isItself ? "\(expected) (\(place))" : expected)
      }
    }
    return problem
  }

  private func described(
    labelCount: Int, _ settings: [String: String]
  ) throws(ModelError) -> ModelDescription {
    let document = try parsed()
    guard let root = document.mapping else {
      throw problem(document, "something else", "a mapping with `features` and `model`")
    }
    try requireKnownKeys(root)
    let name = try self.name(root)
    let template = try self.template(root, overrides: settings, labelCount: labelCount)
    let reader = LayerReader(path: path, template: template)
    guard let list = root["model"]?.sequence, !list.isEmpty else {
      throw problem(document, "no `model`", "a list of layers under `model`")
    }
    let layers = try reader.layers(list)
    let features = try reader.features(root["features"])
    let outputs = try reader.outputs(root["outputs"])
    let description: ModelDescription
    do {
      description = try ModelDescription(
        described: name, features: features,
        layers: layers.map(\.description), outputs: outputs)
    } catch {
      let place = error.field == "outputs" ? root["outputs"] : document
      let line = error.item.map { layers[$0].line(of: error.field) }
      throw ModelError(error, path: path, line: line ?? place?.mark?.line ?? 0)
    }
    try requireAllUsed(description.graph, layers)
    guard description.graph.outputCount() == labelCount else {
      throw problem(
        list.last ?? document, "another last layer",
        "a dense layer of size \"{{ label_count }}\", here \(labelCount)")
    }
    return description
  }

  /// What a description may say.
  private static let keys = ["name", "features", "settings", "model", "outputs", "training"]

  /// Makes sure that the description has no unused entries.
  private func requireKnownKeys(_ root: Node.Mapping) throws(ModelError) {
    for (key, _) in root where !Self.keys.contains(key.string ?? "") {
      let problem = DescriptionProblem(
        found: "`\(key.string ?? "a list or mapping")`", expected: "a part of a description",
        known: Self.keys)
      throw ModelError(problem, path: path, line: key.mark?.line)
    }
  }

  /// Makes sure that each layer's frames or weights are of use.
  private func requireAllUsed(
    _ graph: Graph, _ layers: [LocatedLayer]
  ) throws(ModelError) {
    let needed = graph.nodesNeeded(for: graph.outputs)
    let used = needed.union(needed.map { graph.nodes[$0].owner })
    guard let index = graph.nodes.indices.first(where: { !used.contains($0) }) else { return }
    throw .badDescription(
      path: path, line: layers[index].line,
      found: "the layer `\(layers[index].description.name)`, whose frames nobody uses",
      expected: "its name among another's `inputs` or the `outputs`, or no such layer")
  }

  private func name(_ root: Node.Mapping) throws(ModelError) -> String {
    guard let node = root["name"] else { return "unnamed" }
    guard let name = node.string, !name.isEmpty else {
      throw problem(node, "a name that is no text", "`name: TEXT`")
    }
    return name
  }

  /// The settings under `training`: how the network is trained by default.
  ///
  /// - Throws: `ModelError.notYAML`, `.badDescription` with the line, `.badSetting`.
  public func training(
    settings: [String: String] = [:]
  ) throws(ModelError) -> [String: FieldValue] {
    guard let root = try parsed().mapping, let node = root["training"] else { return [:] }
    guard let mapping = node.mapping else {
      throw problem(node, "a training that is no mapping", "`training: {learning_rate: 0.001, …}`")
    }
    let template = try self.template(root, overrides: settings, labelCount: 1)
    let reader = LayerReader(path: path, template: template)
    var fields: [String: FieldValue] = [:]
    for (key, value) in mapping { fields[key.string ?? ""] = try reader.value(value) }
    return fields
  }

  private func parsed() throws(ModelError) -> Node {
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw ModelError.notYAML(path: path, reason: "the text is empty")
      }
      return node
    } catch let error as ModelError {
      throw error
    } catch {
      throw Self.notYAML(error, path)
    }
  }

  private static func notYAML(_ error: any Error, _ path: String) -> ModelError {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      .notYAML(path: "\(path):\(mark.line)", reason: problem)
    case YamlError.duplicatedKeysInMapping(let names, let context):
      .notYAML(
        path: "\(path):\(context.mark.line)",
        reason: "\(names.joined(separator: ", ")) occurs twice in one mapping")
    default:
      .notYAML(
        path: path, reason: "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
    }
  }

  /// The settings in order, each filled in with those before it.
  private func template(
    _ root: Node.Mapping, overrides: [String: String], labelCount: Int
  ) throws(ModelError) -> Template {
    var template = Template(values: ["label_count": "\(labelCount)"])
    let node = root["settings"]
    let own = node?.mapping ?? Node.Mapping([])
    if let node, node.mapping == nil, node.scalar?.string.isEmpty != true {
      throw problem(node, "settings that are no mapping", "`name: value` for each setting")
    }
    let names = own.keys.compactMap(\.string)
    for name in overrides.keys where !names.contains(name) {
      throw .badSetting(
        name: name, found: "a setting that \(path) does not have",
        expected: names.joined(separator: ", "))
    }
    let used = Set(yaml.matches(of: Template.reference).map { String($0.1) })
    for (key, value) in own {
      guard let name = key.string, let text = value.string else {
        throw problem(value, "a setting that is no text or number", "`name: value`")
      }
      guard used.contains(name) else {
        throw problem(
          key, "the setting `\(name)`, which nothing refers to",
          "`{{ \(name) }}` somewhere, or no such setting")
      }
      switch template.filled(overrides[name] ?? text) {
      case .success(let filled): template.values[name] = filled
      case .failure(let unknown):
        throw problem(value, "{{ \(unknown.name) }}", "a setting defined above this one")
      }
    }
    return template
  }

  private func problem(_ node: Node, _ found: String, _ expected: String) -> ModelError {
    .badDescription(path: path, line: node.mark?.line ?? 0, found: found, expected: expected)
  }
}
