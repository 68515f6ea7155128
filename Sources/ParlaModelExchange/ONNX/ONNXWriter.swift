import Foundation
public import ParlaAcousticModel
import ParlaFiles
import SwiftProtobuf

extension AcousticModel {
  /// Writes an ONNX model, for ONNX Runtime and many other programs.
  ///
  /// If the network can be computed while sound arrives, its state is passed as inputs and outputs, so that a recording can be
  /// passed a piece at a time, unless another `form` is requested. Everything needed to compute the features and to read the labels
  /// is in the model's properties. With `isQuantized` weights are stored as bytes: a quarter of the size.
  ///
  /// - Throws: `ModelError.notExpressible` for a layer that ONNX cannot express, `FileError.unwritable`.
  public func writeONNX(
    to path: String, metadata: ModelMetadata = ModelMetadata(), form chosen: ONNXForm? = nil,
    isQuantized: Bool = false
  ) throws {
    let form = chosen ?? ONNXNetwork.usualForm(graph)
    let template = try ONNXTemplate(self, form: form, isQuantized: isQuantized)
    let properties = try ONNXTemplate.properties(self, metadata, form: form)
    try template.graph.write(to: path, properties: properties)
  }
}

extension ONNXGraph {
  /// Writes a file of this graph with `properties`.
  ///
  /// - Throws: `ModelError.notExpressible` for weights of 2 GiB or more, `FileError.unwritable`.
  func write(to path: String, properties: [(String, String)] = []) throws {
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.producerName = "Parla"
    model.opsetImport = [.with { $0.version = 13 }]
    model.metadataProps = properties.map { key, value in
      .with {
        $0.key = key
        $0.value = value
      }
    }
    let graph: Data = try proto.serializedBytes()
    let heads = try weights.map { try $0.initializerHead() }
    let length = zip(heads, weights).reduce(graph.count) {
      $0 + $1.0.count + $1.1.byteCount
    }
    // A message of Protocol Buffers has no more.
    guard length < 1 << 31 - 1 << 20 else {
      throw ModelError.notExpressible(
        format: "ONNX", found: "\(length) bytes of weights", expected: "less than 2 GiB")
    }
    try AtomicFile.write(to: path) { file in
      // ModelProto.graph = 7, its last field; GraphProto.initializer = 5, its last fields.
      try file.append(
        try model.serializedBytes() + ProtocolBufferField.head(7, length: length) + graph)
      for (head, weight) in zip(heads, weights) {
        try file.append(head)
        try weight.forEachStretch { try file.append($0) }
      }
    }
  }
}

extension ONNXWeight {
  /// All of an initializer but its numbers, which are its last field.
  fileprivate func initializerHead() throws -> Data {
    let described = Onnx_TensorProto.with {
      $0.name = tensor.name
      $0.dims = tensor.shape.map { Int64($0) }
      $0.dataType = element.rawValue
    }
    let head: Data =
      try described.serializedBytes() + ProtocolBufferField.head(9, length: byteCount)
    return ProtocolBufferField.head(5, length: head.count + byteCount) + head
  }
}
