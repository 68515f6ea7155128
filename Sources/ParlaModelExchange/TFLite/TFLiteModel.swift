import Foundation
package import ParlaAcousticModel
package import ParlaTranscripts

/// A model of TensorFlow Lite, `output_graph.tflite`: DeepSpeech's network with its recurrent layer unrolled.
///
/// The names of its tensors differ from converter to converter, so the layers are found by their operations.
package struct TFLiteModel {
  /// A tensor, and where its numbers are if it is a constant.
  struct Tensor {
    let name: String
    let shape: [Int]
    let kind: TFLiteSchema.Kind?
    let data: Range<Int>
    let scales: [Float]
    let hasZeroPoint: Bool
  }

  /// An operation on tensors, by their numbers.
  struct Operation {
    let code: TFLiteSchema.Operation?
    /// The operation's number, known or not.
    let number: Int
    let inputs: [Int]
    let outputs: [Int]
  }

  let bytes: ModelBytes
  let tensors: [Tensor]
  let operations: [Operation]

  /// Whether the weights are bytes, to be multiplied by a scale.
  package var isQuantized: Bool { tensors.contains { $0.kind == .int8 && !$0.data.isEmpty } }

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.damaged`, `.cutOff`.
  package init(path: String) throws(ModelError) {
    try self.init(bytes: try ModelBytes(path: path))
  }

  /// Reads `bytes`.
  ///
  /// - Throws: `ModelError.notAModel`, `.damaged`, `.cutOff`.
  package init(bytes: ModelBytes) throws(ModelError) {
    self.bytes = bytes
    guard Self.isModel(bytes) else {
      throw .notAModel(path: bytes.path, found: "no identifier TFL3")
    }
    let root = try FlatBufferTable.root(of: bytes)
    guard let graph = try root.tables(TFLiteSchema.Model.subgraphs).first else {
      throw .damaged(path: bytes.path, reason: "it has no graph")
    }
    let buffers = try root.tables(TFLiteSchema.Model.buffers)
    let codes = try root.tables(TFLiteSchema.Model.operatorCodes).map { (code) throws(ModelError) in
      let old: Int8 = try code.integer(TFLiteSchema.OperatorCode.builtinCode)
      let new: Int32 = try code.integer(TFLiteSchema.OperatorCode.newBuiltinCode)
      return max(Int(old), Int(new))
    }
    var elementCount = 0
    tensors = try graph.tables(TFLiteSchema.Subgraph.tensors).map { (table) throws(ModelError) in
      let tensor = try Tensor(table, buffers: buffers)
      elementCount += tensor.name.utf8.count + tensor.shape.count + tensor.scales.count
      try Self.check(elementCount, within: bytes)
      return tensor
    }
    let tensorCount = tensors.count
    operations = try graph.tables(TFLiteSchema.Subgraph.operators).map {
      (table) throws(ModelError) in
      let code: UInt32 = try table.integer(TFLiteSchema.Operator.code)
      let inputs = try table.integers(TFLiteSchema.Operator.inputs)
      let outputs = try table.integers(TFLiteSchema.Operator.outputs)
      // An input that is left out has the number -1.
      guard codes.indices.contains(Int(code)),
        (inputs + outputs).allSatisfy({ (-1..<tensorCount).contains($0) })
      else { throw .damaged(path: bytes.path, reason: "an operation has no such code or tensor") }
      elementCount += inputs.count + outputs.count
      try Self.check(elementCount, within: bytes)
      let number = codes[Int(code)]
      return Operation(
        code: TFLiteSchema.Operation(rawValue: number), number: number, inputs: inputs,
        outputs: outputs)
    }
  }

  /// Makes sure that the tables do not refer to the same vectors again and again, which could fill the memory.
  private static func check(_ elementCount: Int, within bytes: ModelBytes) throws(ModelError) {
    guard elementCount <= bytes.count else {
      throw .damaged(path: bytes.path, reason: "its tables have more elements than it has bytes")
    }
  }

  /// Whether `bytes` start as TensorFlow Lite's models do.
  static func isModel(_ bytes: ModelBytes) -> Bool {
    bytes.count >= 8 && (4..<8).map { bytes[$0] } == Array(TFLiteSchema.identifier.utf8)
  }

  /// The model, with `alphabet` in place of the file's own if there is one.
  ///
  /// - Throws: `ModelError.foreignModel`, `.alphabetNeeded`, `.damaged`, `.cutOff`.
  package func model(alphabet: Alphabet? = nil) throws(ModelError) -> ImportedModel {
    try file().model(alphabet: alphabet)
  }
}

extension TFLiteModel.Tensor {
  fileprivate init(_ table: FlatBufferTable, buffers: [FlatBufferTable]) throws(ModelError) {
    name = try table.string(TFLiteSchema.Tensor.name)
    shape = try table.integers(TFLiteSchema.Tensor.shape)
    let type: Int8 = try table.integer(TFLiteSchema.Tensor.type)
    kind = TFLiteSchema.Kind(rawValue: Int(type))
    let buffer: UInt32 = try table.integer(TFLiteSchema.Tensor.buffer)
    guard buffers.indices.contains(Int(buffer)) else {
      throw .damaged(path: table.bytes.path, reason: "\(name) has no buffer")
    }
    let (start, count) = try buffers[Int(buffer)].vector(TFLiteSchema.Buffer.data, elementSize: 1)
    data = start..<start + count
    guard let quantization = try table.table(TFLiteSchema.Tensor.quantization) else {
      (scales, hasZeroPoint) = ([], false)
      return
    }
    scales = try quantization.integers(TFLiteSchema.Quantization.scale).map {
      Float(bitPattern: UInt32(truncatingIfNeeded: $0))
    }
    let zeroPoints = try quantization.vector(TFLiteSchema.Quantization.zeroPoint, elementSize: 8)
    var hasZeroPoint = false
    for index in 0..<zeroPoints.count {
      let offset = zeroPoints.start + 8 * index
      hasZeroPoint = try table.bytes.integer(Int64.self, at: offset) != 0 || hasZeroPoint
    }
    self.hasZeroPoint = hasZeroPoint
  }
}

// MARK: - DeepSpeech's network in it

extension TFLiteModel {
  /// What the file says.
  func file() throws(ModelError) -> DeepSpeechFile {
    var file = DeepSpeechFile(path: bytes.path, tensors: try layers())
    let limits = operations.first { $0.code == .minimum }?.inputs ?? []
    for input in limits { file.ceiling = try number(input) ?? file.ceiling }
    guard file.ceiling > 0, file.ceiling.isFinite else {
      throw .damaged(path: file.path, reason: "its layers are cut off at \(file.ceiling)")
    }
    file.precision = isQuantized ? .int8 : .float32
    file.inputShape = tensors.first { $0.name == "input_node" }?.shape
    file.sampleRate = try metadataInteger("sample_rate")
    file.windowMilliseconds = try metadataInteger("feature_win_len")
    file.stepMilliseconds = try metadataInteger("feature_win_step")
    file.alphabet = try metadataText("alphabet")
    if let language = try metadataText("language") {
      file.metadata.language = String(decoding: language, as: UTF8.self)
    }
    file.metadata.beamWidth = try metadataInteger("beam_width") ?? file.metadata.beamWidth
    file.metadata.graphVersion = try metadataInteger("version") ?? file.metadata.graphVersion
    return file
  }

  /// The weights of the fully connected operations, each once: three dense layers, the recurrent one, two dense layers.
  private func layers() throws(ModelError) -> DeepSpeechTensors {
    if operations.contains(where: { TFLiteSchema.normalizing.contains($0.number) }) {
      throw .foreignModel(
        path: bytes.path, found: "layer normalisation in TensorFlow Lite",
        expected: "layers without it; import the checkpoint or the .pb instead")
    }
    var seen: Set<Int> = []
    var layers: [DeepSpeechTensors.Layer] = []
    for operation in operations where operation.code == .fullyConnected {
      guard operation.inputs.count >= 3, operation.inputs[1] >= 0, operation.inputs[2] >= 0 else {
        throw .foreignModel(
          path: bytes.path, found: "a layer without a bias", expected: "DeepSpeech's layers")
      }
      guard seen.insert(operation.inputs[1]).inserted else { continue }
      layers.append(
        DeepSpeechTensors.Layer(
          weight: try constant(operation.inputs[1]), bias: try constant(operation.inputs[2])))
    }
    guard layers.count == 6 else {
      throw .foreignModel(
        path: bytes.path, found: "\(layers.count) layers with weights",
        expected: "the six of DeepSpeech's network")
    }
    return DeepSpeechTensors(
      path: bytes.path, layout: .outputsFirst, dense: Array(layers[..<3]) + layers[4...],
      recurrent: layers[3], forgetBias: try forgetBias())
  }

  /// What is added to the forget gate, the third part of the recurrent layer's sums: releases before 0.6 add 1.
  private func forgetBias() throws(ModelError) -> Float {
    guard let split = operations.first(where: { $0.code == .split }), split.outputs.count == 4,
      let sum = operations.first(where: {
        $0.code == .add && $0.inputs.contains(split.outputs[2])
      })
    else { return 0 }
    for input in sum.inputs {
      if let number = try number(input) { return number }
    }
    return 0
  }

  /// The constant tensor `index`.
  private func constant(_ index: Int) throws(ModelError) -> ForeignTensor {
    let tensor = tensors[index]
    let numbers: ForeignTensor.Numbers
    switch tensor.kind {
    case .float32: numbers = .float32(offset: tensor.data.lowerBound)
    // Converters before TensorFlow 1.15 call the same signed bytes unsigned.
    case .int8, .uint8:
      guard !tensor.scales.isEmpty, !tensor.hasZeroPoint else {
        throw .foreignModel(
          path: bytes.path, found: "\(tensor.name) with a zero point",
          expected: "weights whose zero is 0")
      }
      numbers = .int8(offset: tensor.data.lowerBound, scales: tensor.scales)
    default:
      throw .foreignModel(
        path: bytes.path, found: "\(tensor.name) of another type", expected: "float32 or int8")
    }
    let found = try ForeignTensor(
      name: tensor.name, shape: tensor.shape, numbers: numbers, bytes: bytes)
    let size = if case .float32 = numbers { 4 } else { 1 }
    guard found.count * size == tensor.data.count else {
      throw .damaged(
        path: bytes.path,
        reason: "\(tensor.name) has \(tensor.data.count) bytes for shape \(tensor.shape)")
    }
    return found
  }

  /// The one float that tensor `index` holds, if it is such a constant.
  private func number(_ index: Int) throws(ModelError) -> Float? {
    guard index >= 0, tensors[index].kind == .float32, tensors[index].data.count == 4 else {
      return nil
    }
    return Float(
      bitPattern: try bytes.integer(UInt32.self, at: tensors[index].data.lowerBound))
  }

  /// The tensor with the metadata `name`: the tensor itself, or the one that it is a copy of.
  private func metadata(_ name: String) -> Range<Int>? {
    guard let index = tensors.firstIndex(where: { $0.name == "metadata_\(name)" }) else {
      return nil
    }
    if !tensors[index].data.isEmpty { return tensors[index].data }
    let copy = operations.first { $0.outputs.contains(index) }
    guard let source = copy?.inputs.first, source >= 0, !tensors[source].data.isEmpty else {
      return nil
    }
    return tensors[source].data
  }

  private func metadataInteger(_ name: String) throws(ModelError) -> Int? {
    guard let range = metadata(name), range.count == 4 else { return nil }
    return Int(try bytes.integer(Int32.self, at: range.lowerBound))
  }

  /// The first of a tensor's texts: their number, where each starts and where the last one ends, then the texts.
  private func metadataText(_ name: String) throws(ModelError) -> Data? {
    guard let range = metadata(name), range.count >= 12 else { return nil }
    let start = Int(try bytes.integer(UInt32.self, at: range.lowerBound + 4))
    let end = Int(try bytes.integer(UInt32.self, at: range.lowerBound + 8))
    guard start <= end, end <= range.count else {
      throw .damaged(path: bytes.path, reason: "the text metadata_\(name) is not within its tensor")
    }
    return try bytes.data(range.lowerBound + start..<range.lowerBound + end)
  }
}
