import Foundation
public import ParlaAcousticModel
import ParlaFiles

extension AcousticModel {
  /// Writes a model of TensorFlow Lite, which libdeepspeech-tflite and libstt run.
  ///
  /// With `isQuantized`, weights become signed bytes, each matrix with one scale, and the products are formed from bytes:
  /// a quarter of the size, and up to twice as fast, for a small loss of accuracy.
  ///
  /// - Throws: `ModelError.notExpressible`, `FileError.unwritable`.
  public func writeTFLite(
    to path: String, isQuantized: Bool, metadata: ModelMetadata = ModelMetadata()
  ) throws {
    let network = try DeepSpeechNetwork(self, format: "tflite")
    let template = TFLiteTemplate(network, metadata: metadata, isQuantized: isQuantized)
    let (root, contents) = template.flatBuffer
    var writer = FlatBufferWriter(root, identifier: TFLiteSchema.identifier)
    let places = writer.placeLater()
    try AtomicFile.write(to: path) { file in
      try file.append(writer.bytes)
      var position = writer.bytes.count
      for (place, content) in zip(places, contents) {
        try file.append(Data(count: place.start - 4 - position))
        var count = UInt32(place.byteCount).littleEndian
        try file.append(unsafe Data(bytes: &count, count: 4))
        switch content {
        case .floats(let tensor): try tensor.forEachStretch { try file.append($0) }
        case .bytes(let tensor, let scale):
          try tensor.forEachStretch { try file.append($0.scaledToBytes(scale)) }
        case .small, .none: continue
        }
        position = place.start + place.byteCount
      }
    }
  }
}

extension Data {
  /// Floats as signed bytes: each divided by `scale` and rounded, halves away from zero; 0 for what is no number.
  fileprivate func scaledToBytes(_ scale: Float) -> Data {
    unsafe withUnsafeBytes { bytes in
      let numbers = unsafe bytes.bindMemory(to: Float.self)
      return unsafe Data(
        numbers.map { number in
          let rounded = Swift.min(Swift.max((number / scale).rounded(), -127), 127)
          return rounded.isNaN ? 0 : UInt8(bitPattern: Int8(rounded))
        })
    }
  }
}

extension TFLiteTemplate {
  /// The model's tables, and the constants that come after them.
  fileprivate var flatBuffer: (root: FlatBufferValue, later: [Content]) {
    var later: [Content] = []
    // Buffer 0 is that of all tensors that are no constants.
    var buffers: [FlatBufferValue] = [.table([:])]
    var tensorTables: [FlatBufferValue] = []
    for tensor in tensors {
      var fields: [Int: FlatBufferValue] = [
        TFLiteSchema.Tensor.shape: .int32s(tensor.shape),
        TFLiteSchema.Tensor.type: .int8(Int8(tensor.kind.rawValue)),
        TFLiteSchema.Tensor.name: .string(tensor.name),
      ]
      var data: FlatBufferValue?
      switch tensor.content {
      case .none: break
      case .small(let bytes): data = .bytes(bytes)
      case .floats(let values):
        data = .later(number: later.count, byteCount: values.byteCount)
      case .bytes(let values, let scale):
        data = .later(number: later.count, byteCount: values.byteCount / 4)
        fields[TFLiteSchema.Tensor.quantization] = .table([
          TFLiteSchema.Quantization.scale: .floats([scale]),
          TFLiteSchema.Quantization.zeroPoint: .int64s([0]),
        ])
      }
      if case .later = data { later.append(tensor.content) }
      if let data {
        fields[TFLiteSchema.Tensor.buffer] = .int32(Int32(buffers.count))
        buffers.append(.table([TFLiteSchema.Buffer.data: data]))
      }
      tensorTables.append(.table(fields))
    }
    let (codes, operators) = operationTables
    let graph: FlatBufferValue = .table([
      TFLiteSchema.Subgraph.tensors: .vector(tensorTables),
      TFLiteSchema.Subgraph.inputs: .int32s(inputs),
      TFLiteSchema.Subgraph.outputs: .int32s(outputs),
      TFLiteSchema.Subgraph.operators: .vector(operators),
    ])
    let root: FlatBufferValue = .table([
      TFLiteSchema.Model.version: .int32(3),
      TFLiteSchema.Model.operatorCodes: .vector(codes),
      TFLiteSchema.Model.subgraphs: .vector([graph]),
      TFLiteSchema.Model.description: .string("Exported by Parla"),
      TFLiteSchema.Model.buffers: .vector(buffers),
    ])
    return (root, later)
  }

  /// The kinds of operations that occur, and the operations.
  private var operationTables: (codes: [FlatBufferValue], operators: [FlatBufferValue]) {
    var known: [String: Int] = [:]
    var codes: [FlatBufferValue] = []
    let operators = operations.map { operation -> FlatBufferValue in
      let key = "\(operation.code) \(operation.customName)"
      if known[key] == nil {
        known[key] = codes.count
        var fields: [Int: FlatBufferValue] = [
          TFLiteSchema.OperatorCode.builtinCode: .int8(Int8(operation.code.rawValue)),
          TFLiteSchema.OperatorCode.newBuiltinCode: .int32(Int32(operation.code.rawValue)),
          TFLiteSchema.OperatorCode.version: .int32(Int32(operation.code.version)),
        ]
        if operation.code == .custom {
          fields[TFLiteSchema.OperatorCode.customCode] = .string(operation.customName)
        }
        codes.append(.table(fields))
      }
      var fields: [Int: FlatBufferValue] = [
        TFLiteSchema.Operator.code: .int32(Int32(known[key] ?? 0)),
        TFLiteSchema.Operator.inputs: .int32s(operation.inputs),
        TFLiteSchema.Operator.outputs: .int32s(operation.outputs),
      ]
      if operation.code.optionsType > 0 {
        fields[TFLiteSchema.Operator.optionsType] = .int8(Int8(operation.code.optionsType))
        fields[TFLiteSchema.Operator.options] = .table(operation.options)
      }
      if let options = operation.customOptions {
        fields[TFLiteSchema.Operator.customOptions] = .bytes(options)
      }
      return .table(fields)
    }
    return (codes, operators)
  }
}
