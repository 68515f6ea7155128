import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaTranscripts
import SwiftProtobuf

/// What a model of ONNX that Parla wrote says of itself; its weights stay in the file.
///
/// Parla does not run these models: it has them in its own form.
struct ONNXModel {
  private let bytes: ModelBytes
  private var properties: [String: String] = [:]
  private var nodes: [Onnx_NodeProto] = []
  private var shapes: [String: [Int]] = [:]
  private var precision = "float32"

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.damaged`, `.cutOff`.
  init(path: String) throws(ModelError) {
    try self.init(bytes: try ModelBytes(path: path))
  }

  /// Reads `bytes`.
  ///
  /// - Throws: `ModelError.damaged`, `.cutOff`.
  init(bytes: ModelBytes) throws(ModelError) {
    self.bytes = bytes
    var fields = try WireReader(bytes, 0..<bytes.count)
    while let field = try fields.next() {
      guard field.hasLength else { continue }
      // ModelProto: graph = 7, metadata_props = 14.
      if field.number == 7 {
        try readGraph(field.content)
      } else if field.number == 14 {
        let entry: Onnx_StringStringEntryProto = try message(field.content)
        properties[entry.key] = entry.value
      }
    }
  }

  private static let mostParts = 100_000

  private mutating func readGraph(_ range: Range<Int>) throws(ModelError) {
    var fields = try WireReader(bytes, range)
    var constantCount = 0
    while let field = try fields.next() {
      guard field.hasLength else { continue }
      // GraphProto: node = 1, initializer = 5.
      if field.number == 1 {
        nodes.append(try message(field.content))
      } else if field.number == 5 {
        let (name, shape, element) = try initializer(field.content)
        constantCount += 1
        let isWeight = !name.hasPrefix(ONNXGraph.constantPrefix) && name != ONNXGraph.lengthsName
        if isWeight { shapes[name] = shape }
        if element == ONNXGraph.Element.int8.rawValue { precision = "int8" }
      }
      guard nodes.count + constantCount <= Self.mostParts else {
        throw .damaged(path: bytes.path, reason: "more than \(Self.mostParts) operations")
      }
    }
  }

  /// A constant's name, shape and type, without its numbers (`raw_data` = 9).
  private func initializer(_ range: Range<Int>) throws(ModelError) -> (String, [Int], Int32) {
    var small = Data()
    var fields = try WireReader(bytes, range)
    while let field = try fields.next() {
      if field.number != 9, field.whole.count <= 4096 { small += try bytes.data(field.whole) }
    }
    let tensor: Onnx_TensorProto = try decoded(small)
    return (tensor.name, tensor.dims.map { Int($0) }, tensor.dataType)
  }

  private func message<Part: Message>(_ range: Range<Int>) throws(ModelError) -> Part {
    guard range.count <= 1 << 20 else {
      throw .damaged(path: bytes.path, reason: "an operation of \(range.count) bytes")
    }
    return try decoded(try bytes.data(range))
  }

  private func decoded<Part: Message>(_ data: Data) throws(ModelError) -> Part {
    do { return try Part(serializedBytes: data) } catch {
      throw .damaged(path: bytes.path, reason: "an operation cannot be understood")
    }
  }
}

// MARK: - What it says

extension ONNXModel {
  /// How the model takes recordings; nil where it does not say.
  var form: ONNXForm? { properties["form"].flatMap { ONNXForm(rawValue: $0) } }

  /// What the model writes.
  ///
  /// - Throws: `ModelError.foreignModel` for one that another program wrote.
  var alphabet: Alphabet {
    get throws(ModelError) {
      let text = properties["alphabet"] ?? ""
      guard let labels = try? JSONDecoder().decode([String].self, from: Data(text.utf8)),
        let alphabet = labels == Alphabet.bytes.labels ? .bytes : try? Alphabet(labels: labels)
      else {
        throw .foreignModel(
          path: bytes.path, found: "a model of ONNX that does not say what it writes",
          expected: "one that Parla wrote")
      }
      return alphabet
    }
  }

  /// The model's properties, and its layers with their operators and weights.
  ///
  /// - Throws: `ModelError.foreignModel` for one that another program wrote, `.damaged` for impossible features.
  var summary: ModelSummary {
    get throws(ModelError) {
      let alphabet = try self.alphabet.labels
      let features = try self.features
      let told = [
        "alphabet", "features", "sample_rate", "feature_win_len", "feature_win_step",
        "feature_count", "context_frames", "feature_settings", "form", "frames_per_output",
      ]
      let metadata = properties.filter { key, value in
        !value.isEmpty && !told.contains(key)
      }
      return ModelSummary(
        format: .onnx, byteCount: bytes.count, precision: precision,
        name: properties["network"] ?? "onnx", parameterCount: parameterCount,
        features: features, alphabet: alphabet, labelCount: alphabet.count + 1,
        metadata: metadata, training: [:], layers: layers)
    }
  }

  /// The layers in order: operations are named after them, `lstm_1.slice_9`; those that only name an output are left out.
  private var layers: [ModelSummary.Layer] {
    var names: [String] = []
    var parts: [String: (operators: [String], parameters: [ModelSummary.Parameter])] = [:]
    for node in nodes where node.opType != "Identity" {
      let name = node.name.lastIndex(of: ".").map { String(node.name[..<$0]) } ?? node.name
      if parts[name] == nil { names.append(name) }
      var part = parts[name] ?? ([], [])
      if !part.operators.contains(node.opType) { part.operators.append(node.opType) }
      part.parameters += node.input.compactMap { input in
        shapes[input].map { ModelSummary.Parameter(name: input, shape: $0) }
      }
      parts[name] = part
    }
    return names.compactMap { name in
      parts[name].map { part in
        ModelSummary.Layer(
          summary: "\(name): \(part.operators.joined(separator: ", "))",
          parameters: part.parameters)
      }
    }
  }

  private var parameterCount: Int {
    shapes.values.reduce(0) { sum, shape in
      let count = shape.reduce((1, false)) { product, axis in
        let (value, overflow) = product.0.multipliedReportingOverflow(by: axis)
        return (value, product.1 || overflow)
      }
      let (total, overflow) = sum.addingReportingOverflow(count.0)
      return count.1 || overflow ? sum : total
    }
  }

  /// The features that the model takes; files of versions before there were several kinds say only how MFCCs are made.
  private var features: FeatureSettings {
    get throws(ModelError) {
      let path = bytes.path
      if let text = properties["feature_settings"] {
        do {
          return try JSONDecoder().decode(FeatureSettings.self, from: Data(text.utf8))
        } catch { throw .damaged(path: path, reason: "its features are impossible: \(error)") }
      }
      var changes: [String: FieldValue] = [:]
      for (name, field) in [
        ("sample_rate", "sample_rate"), ("feature_win_len", "window"),
        ("feature_win_step", "step"), ("context_frames", "context"),
        ("feature_count", "coefficients"),
      ] {
        changes[field] = properties[name].flatMap { Double($0) }.map { .number($0) }
      }
      return try FeatureSettings().changing(changes, path: path)
    }
  }
}
