package import Foundation
import ParlaFiles
package import ParlaNeuralNetwork

/// Named tensors with a few texts, in one file.
///
/// Format: huggingface/safetensors, README "Format": 8 bytes little-endian length of the header, the header as JSON
/// (`__metadata__`: text to text; every other key: dtype, shape, data_offsets), then the numbers. Only F32 is read.
package struct SafeTensors: Sendable {
  /// Texts by name.
  package var metadata: [String: String]

  /// Tensors by name, in the order of the file.
  package var tensors: [(name: String, tensor: Tensor)]

  /// Joins texts and tensors.
  package init(metadata: [String: String], tensors: [(name: String, tensor: Tensor)]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The tensor `name`, if there is one.
  package subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

  /// Writes the file whole or not at all, and returns its size in bytes.
  @discardableResult
  package func write(to path: String) throws -> Int {
    let header = try encodedHeader()
    var size = 8 + header.count
    try AtomicFile.write(to: path) { file in
      var length = UInt64(header.count).littleEndian
      try file.append(unsafe Data(bytes: &length, count: 8))
      try file.append(header)
      for (_, tensor) in tensors {
        // Every machine that Swift runs on here is little-endian. A stretch at a time, since what is appended is copied.
        for start in stride(from: 0, to: tensor.count, by: Self.stretchLength) {
          let count = min(Self.stretchLength, tensor.count - start)
          try file.append(unsafe Data(bytes: tensor.pointer + start, count: 4 * count))
        }
        size += 4 * tensor.count
      }
    }
    return size
  }

  private static let stretchLength = 1 << 20

  private func encodedHeader() throws -> Data {
    var entries: [String: Any] = ["__metadata__": metadata]
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + 4 * tensor.count
      entries[name] = ["dtype": "F32", "shape": tensor.shape, "data_offsets": [offset, end]]
      offset = end
    }
    var header = try JSONSerialization.data(withJSONObject: entries, options: [.sortedKeys])
    // The format asks for numbers aligned to 8 bytes; 64 suits vectors.
    header.append(contentsOf: [UInt8](repeating: 0x20, count: (64 - (8 + header.count) % 64) % 64))
    return header
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  package init(path: String) throws(ModelError) {
    try self.init(bytes: try ModelBytes(path: path))
  }

  /// Reads `data`; `path` is for messages.
  ///
  /// - Throws: `ModelError.notAModel`, `.cutOff`, `.damaged`.
  package init(data: Data, path: String) throws(ModelError) {
    try self.init(bytes: ModelBytes(data, path: path))
  }

  private init(bytes: ModelBytes) throws(ModelError) {
    let header = try SafeTensorsHeader(bytes)
    metadata = header.metadata
    tensors = header.entries.map { entry in
      var tensor = Tensor(unwritten: entry.shape)
      let target = unsafe tensor.mutablePointer
      // What was copied is let go, so that the file and its copy are never in memory together.
      for start in stride(from: 0, to: tensor.count, by: Self.stretchLength) {
        let count = min(Self.stretchLength, tensor.count - start)
        let offset = header.length + entry.offset + 4 * start
        unsafe bytes.copyFloats(at: offset, count: count, to: target + start)
        bytes.release(offset..<offset + 4 * count)
      }
      return (entry.name, tensor)
    }
  }
}

/// The header of a safetensors file, held against the file's size.
private struct SafeTensorsHeader {
  struct Entry {
    let name: String
    let shape: [Int]
    let offset: Int
    let byteCount: Int
  }

  let length: Int
  let metadata: [String: String]
  let entries: [Entry]

  init(_ bytes: ModelBytes) throws(ModelError) {
    let path = bytes.path
    guard bytes.count >= 10 else {
      throw .notAModel(
        path: path, found: bytes.count == 0 ? "an empty file" : "\(bytes.count) bytes")
    }
    let textLength = try bytes.integer(UInt64.self, at: 0)
    guard textLength < 100_000_000, bytes[8] == UInt8(ascii: "{") else {
      throw .notAModel(path: path, found: "other content")
    }
    length = 8 + Int(textLength)
    let text = try bytes.data(8..<length)
    guard let object = try? JSONSerialization.jsonObject(with: text),
      let entries = object as? [String: Any]
    else { throw .damaged(path: path, reason: "the header is no JSON object") }
    metadata = entries["__metadata__"] as? [String: String] ?? [:]
    var read: [Entry] = []
    for (name, value) in entries where name != "__metadata__" {
      read.append(try Self.entry(name, value, path: path))
    }
    self.entries = read.sorted { ($0.offset, $0.name) < ($1.offset, $1.name) }
    try checkPlaces(bytes)
  }

  /// Makes sure that every entry is within the file and none on top of another, or a small file could fill the memory.
  private func checkPlaces(_ bytes: ModelBytes) throws(ModelError) {
    var end = 0
    for entry in entries {
      guard entry.offset >= end else {
        throw .damaged(path: bytes.path, reason: "\(entry.name) overlaps the tensor before it")
      }
      end = entry.offset + entry.byteCount
    }
    guard length + end <= bytes.count else {
      throw .cutOff(path: bytes.path, found: bytes.count, expected: length + end)
    }
  }

  private static func entry(
    _ name: String, _ value: Any, path: String
  ) throws(ModelError) -> Entry {
    guard let fields = value as? [String: Any], let shape = fields["shape"] as? [Int],
      let offsets = fields["data_offsets"] as? [Int], offsets.count == 2,
      let type = fields["dtype"] as? String
    else { throw .damaged(path: path, reason: "the header's entry \(name) is incomplete") }
    guard type == "F32" else {
      throw .damaged(path: path, reason: "\(name) has numbers of type \(type), not F32")
    }
    var bytes = 4
    for axis in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: axis)
      guard axis >= 0, !overflow else {
        throw .damaged(path: path, reason: "\(name) has shape \(shape)")
      }
      bytes = product
    }
    let (size, overflow) = offsets[1].subtractingReportingOverflow(offsets[0])
    guard offsets[0] >= 0, !overflow, size == bytes, offsets[1] < 1 << 48 else {
      throw .damaged(path: path, reason: "\(name) of shape \(shape) cannot be at \(offsets)")
    }
    return Entry(name: name, shape: shape, offset: offsets[0], byteCount: bytes)
  }
}
