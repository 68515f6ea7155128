import Foundation
public import ParlaAcousticModel
import ParlaFiles
import SwiftProtobuf

/// Writes the graphs that DeepSpeech's clients load, the weights a stretch at a time.
extension AcousticModel {
  /// Writes a frozen graph of TensorFlow, `output_graph.pb`, which libdeepspeech runs.
  ///
  /// - Throws: `ModelError.notExpressible`, `FileError.unwritable`.
  public func writeFrozenGraph(to path: String, metadata: ModelMetadata = ModelMetadata()) throws {
    let network = try DeepSpeechNetwork(self, format: "pb")
    try AtomicFile.write(to: path) { file in
      for item in GraphTemplate(network, metadata: metadata).items {
        switch item {
        case .node(let node): try file.append(try node.asGraphField())
        case .constant(let tensor):
          try file.append(try tensor.graphFieldHead())
          try tensor.forEachStretch { try file.append($0) }
        }
      }
    }
  }

  /// Writes a memory-mapped package of TensorFlow, `output_graph.pbmm`, which libdeepspeech runs without reading it first.
  ///
  /// - Throws: `ModelError.notExpressible`, `FileError.unwritable`.
  public func writeMemoryMappedGraph(
    to path: String, metadata: ModelMetadata = ModelMetadata()
  ) throws {
    let network = try DeepSpeechNetwork(self, format: "pbmm")
    try AtomicFile.write(to: path) { file in
      var position = 0
      var directory = Tensorflow_MemmappedFileSystemDirectory()
      var graph = Data()
      for item in GraphTemplate(network, metadata: metadata).items {
        switch item {
        case .node(let node): graph += try node.asGraphField()
        case .constant(let tensor) where tensor.byteCount < Self.smallestRegion:
          graph += try tensor.graphFieldHead()
          tensor.forEachStretch { graph += $0 }
        case .constant(let tensor):
          let filler =
            (Self.regionAlignment - position % Self.regionAlignment)
            % Self.regionAlignment
          try file.append(Data(count: filler))
          position += filler
          let name = MemoryMappedPackage.regionName(tensor.name)
          directory.add(name, offset: position, length: tensor.byteCount)
          try tensor.forEachStretch { try file.append($0) }
          position += tensor.byteCount
          graph += try tensor.regionNode(name).asGraphField()
        }
      }
      directory.add(MemoryMappedPackage.graphName, offset: position, length: graph.count)
      try file.append(graph)
      try file.append(try directory.serializedData())
      var end = UInt64(position + graph.count).littleEndian
      try file.append(unsafe Data(bytes: &end, count: 8))
    }
  }

  /// Constants of at least this many bytes get a region (TensorFlow 1.15, `convert_graphdef_memmapped_format`).
  private static let smallestRegion = 10_000
  /// What TensorFlow's allocator asks for.
  private static let regionAlignment = 64
}

extension MemoryMappedPackage {
  /// The name of the region that holds the constant `name`.
  static func regionName(_ name: String) -> String {
    prefix
      + String(
        name.unicodeScalars.map { scalar in
          let isKept =
            scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
              || scalar == "_" || scalar == ".")
          return isKept ? Character(scalar) : "_"
        })
  }
}

extension Tensorflow_MemmappedFileSystemDirectory {
  fileprivate mutating func add(_ name: String, offset: Int, length: Int) {
    element.append(
      .with {
        $0.name = name
        $0.offset = UInt64(offset)
        $0.length = UInt64(length)
      })
  }
}

extension Tensorflow_NodeDef {
  /// The node as field 1 of a `GraphDef`.
  fileprivate func asGraphField() throws -> Data {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let bytes: Data = try serializedBytes(options: options)
    return ProtocolBufferField.head(1, length: bytes.count) + bytes
  }
}

extension ExportedTensor {
  /// The node that says where the numbers are in a memory-mapped package.
  fileprivate func regionNode(_ region: String) -> Tensorflow_NodeDef {
    .with {
      $0.name = name
      $0.op = "ImmutableConst"
      $0.attr = [
        "dtype": .float, "shape": .shape(shape), "memory_region_name": .text(region),
      ]
    }
  }

  /// All of the constant's node but its numbers, which follow: they are the last field of each message they are within.
  fileprivate func graphFieldHead() throws -> Data {
    let start = Tensorflow_NodeDef.with {
      $0.name = name
      $0.op = "Const"
      $0.attr = ["dtype": .float]
    }
    let tensor = Tensorflow_TensorProto.with {
      $0.dtype = .dtFloat
      $0.tensorShape = .of(shape)
    }
    // GraphDef.node = 1 ⊃ NodeDef.attr = 5 ⊃ (key = 1, value = 2) ⊃ AttrValue.tensor = 8 ⊃ TensorProto.tensor_content = 4
    var head: Data = try tensor.serializedBytes() + ProtocolBufferField.head(4, length: byteCount)
    head = ProtocolBufferField.head(8, length: head.count + byteCount) + head
    head = ProtocolBufferField.head(2, length: head.count + byteCount) + head
    let key = Data("value".utf8)
    head = ProtocolBufferField.head(1, length: key.count) + key + head
    head = ProtocolBufferField.head(5, length: head.count + byteCount) + head
    head = try start.serializedBytes() + head
    return ProtocolBufferField.head(1, length: head.count + byteCount) + head
  }
}

/// The prefix of a field's bytes in a protocol-buffer message.
enum ProtocolBufferField {
  /// The tag and the length of a field with `length` bytes.
  static func head(_ number: Int, length: Int) -> Data { varint(number << 3 | 2) + varint(length) }

  static func varint(_ value: Int) -> Data {
    var (bytes, rest) = (Data(), UInt64(value))
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }
}
