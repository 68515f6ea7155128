import ParlaAudio
import ParlaTranscripts
import Yams

/// Reads the layers and the features of a description, each value with its line.
struct LayerReader {
  let path: String
  let template: Template

  /// The layer that `node`, the `number`th of the list, describes.
  func layer(_ node: Node, number: Int) throws(ModelError) -> LayerDescription {
    guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first,
      let kind = key.string
    else {
      throw problem(
        node, "a layer without a kind", "one mapping a layer, such as `dense: {size: 512}`")
    }
    let name = try text("name", in: value) ?? "\(kind)_\(number)"
    switch kind {
    case "dense":
      return .dense(name: name, size: try size(in: value))
    case "activation":
      let type = try choice("type", in: value, of: LayerDescription.Activation.self)
      return .activation(
        name: name, type: type,
        ceiling: try real(value["ceiling"], value, "a ceiling", above: 0))
    case "layer_normalization":
      return .normalization(name: name)
    case "dropout":
      let rate = value["rate"] ?? value
      return .dropout(name: name, rate: try real(rate, value, "a dropout rate", from: 0, below: 1))
    case "recurrent":
      let type = try choice("type", in: value, of: LayerDescription.RecurrentCell.self)
      return .recurrent(name: name, type: type, size: try size(in: value))
    default:
      let known = ["dense", "activation", "layer_normalization", "dropout", "recurrent"]
      throw problem(
        key, "`\(kind)`",
        "\(nearest(kind, among: known)) (the layers are \(known.joined(separator: ", ")))")
    }
  }

  /// The features that `node` describes; DeepSpeech's where it is silent.
  func features(_ node: Node?) throws(ModelError) -> FeatureSettings {
    var settings = FeatureSettings()
    guard let node else { return settings }
    guard let mapping = node.mapping else {
      throw problem(node, "features that are no mapping", "`features: {type: mfcc, …}`")
    }
    for (key, value) in mapping {
      switch key.string {
      case "type": settings.kind = try choice("type", in: node, of: FeatureSettings.Kind.self)
      case "sample_rate": settings.sampleRate = try count(value, "a sample rate in hertz")
      case "window": settings.windowMilliseconds = try count(value, "a window in milliseconds")
      case "step": settings.stepMilliseconds = try count(value, "a step in milliseconds")
      case "coefficients": settings.coefficientCount = try count(value, "a number of coefficients")
      case "context": settings.contextFrameCount = try count(value, "a number of frames", from: 0)
      default:
        let known = ["type", "sample_rate", "window", "step", "coefficients", "context"]
        throw problem(key, "`\(key.string ?? "")`", nearest(key.string ?? "", among: known))
      }
    }
    return settings
  }

  private func size(in node: Node) throws(ModelError) -> Int {
    guard let value = node["size"] ?? (node.scalar != nil ? node : nil) else {
      throw problem(node, "no size", "`size: N`")
    }
    return try count(value, "a layer's size")
  }

  private func count(
    _ node: Node, _ what: String, from least: Int = 1
  ) throws(ModelError) -> Int {
    let text = try filled(node)
    guard let value = Int(text), value >= least, value <= 1 << 20 else {
      throw problem(node, "\"\(text)\"", "\(what), a whole number from \(least) to \(1 << 20)")
    }
    return value
  }

  private func real(
    _ node: Node?, _ parent: Node, _ what: String, above: Float? = nil, from least: Float? = nil,
    below: Float? = nil
  ) throws(ModelError) -> Float {
    guard let node else { throw problem(parent, "no \(what)", what) }
    let text = try filled(node)
    guard let value = Float(text), value.isFinite, value > above ?? -.infinity,
      value >= least ?? -.infinity, value < below ?? .infinity
    else {
      let range = [
        above.map { "above \($0)" }, least.map { "at least \($0)" }, below.map { "below \($0)" },
      ].compactMap(\.self).joined(separator: " and ")
      throw problem(node, "\"\(text)\"", "\(what), a number \(range)")
    }
    return value
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, in node: Node, of type: Choice.Type
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    let name = try text(key, in: node) ?? ""
    guard let choice = Choice(rawValue: name) else {
      throw problem(
        node[key] ?? node, "\"\(name)\"", nearest(name, among: type.allCases.map(\.rawValue)))
    }
    return choice
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
        node, "{{ \(unknown.name) }}", nearest(unknown.name, among: template.values.keys.sorted()))
    }
  }

  private func nearest(_ name: String, among known: [String]) -> String {
    let distances = known.map { (EditDistance.between(Array(name), Array($0)), $0) }
    return distances.min { $0.0 < $1.0 }.map { "`\($0.1)`" } ?? "nothing"
  }

  private func problem(_ node: Node, _ found: String, _ expected: String) -> ModelError {
    .badDescription(path: path, line: node.mark?.line ?? 0, found: found, expected: expected)
  }
}
