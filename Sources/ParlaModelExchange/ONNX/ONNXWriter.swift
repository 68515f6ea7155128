import Foundation
public import ParlaAcousticModel
import ParlaFiles
import SwiftProtobuf

extension AcousticModel {
  /// Writes a model of ONNX, which ONNX Runtime and many others run.
  ///
  /// The recurrent layers' states are inputs and outputs, so that a recording can be passed a piece at a time; all that is
  /// needed to compute the features and to read the labels stands in the model's properties.
  ///
  /// - Throws: `FileError.unwritable`.
  public func writeONNX(to path: String, metadata: ModelMetadata = ModelMetadata()) throws {
    let template = try ONNXTemplate(self)
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.producerName = "Parla"
    model.opsetImport = [.with { $0.version = 13 }]
    model.metadataProps = try ONNXTemplate.properties(self, metadata).map { key, value in
      .with {
        $0.key = key
        $0.value = value
      }
    }
    let graph: Data = try template.graph.serializedBytes()
    let heads = try template.weights.map { try $0.initializerHead() }
    let length = zip(heads, template.weights).reduce(graph.count) {
      $0 + $1.0.count + $1.1.byteCount
    }
    try AtomicFile.write(to: path) { file in
      // ModelProto.graph = 7, its last field; GraphProto.initializer = 5, its last fields.
      try file.append(
        try model.serializedBytes() + ProtocolBufferField.head(7, length: length) + graph)
      for (head, weight) in zip(heads, template.weights) {
        try file.append(head)
        try weight.forEachStretch { try file.append($0) }
      }
    }
  }
}

extension ExportedTensor {
  /// All of an initializer but its numbers, which are its last field.
  fileprivate func initializerHead() throws -> Data {
    let tensor = Onnx_TensorProto.with {
      $0.name = name
      $0.dims = shape.map { Int64($0) }
      $0.dataType = 1
    }
    let head: Data =
      try tensor.serializedBytes() + ProtocolBufferField.head(9, length: byteCount)
    return ProtocolBufferField.head(5, length: head.count + byteCount) + head
  }
}
