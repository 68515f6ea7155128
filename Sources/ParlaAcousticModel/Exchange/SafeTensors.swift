package import Foundation
import ParlaFiles
package import ParlaNeuralNetwork

/// Named tensors with a few texts, in one file.
///
/// Format: huggingface/safetensors, README "Format": 8 bytes little-endian length of the header, the header as JSON
/// (`__metadata__`: text to text; every other key: dtype, shape, data_offsets), then the numbers. Read are F32, and I8 with
/// a scale for each row in another tensor.
package struct SafeTensors: Sendable {
  /// Texts by name.
  package var metadata: [String: String]

  /// Tensors by name, in the order of the file.
  package var tensors: [(name: String, tensor: Tensor)]

  /// The tensors that are written as signed bytes with a scale for each row.
  package var quantizedNames: Set<String> = []

  /// Joins texts and tensors.
  package init(metadata: [String: String], tensors: [(name: String, tensor: Tensor)]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The tensor `name`, if there is one.
  package subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

  /// The name of the tensor with the scales of the bytes `name`.
  static func scaleName(of name: String) -> String { name + "_scale" }

  /// Writes the file whole or not at all, and returns its size in bytes.
  @discardableResult
  package func write(to path: String) throws -> Int {
    let contents = self.contents()
    let header = try encodedHeader(contents)
    try AtomicFile.write(to: path) { file in
      var length = UInt64(header.count).littleEndian
      try file.append(unsafe Data(bytes: &length, count: 8))
      try file.append(header)
      for content in contents { try file.append(content.data) }
    }
    return 8 + header.count + contents.reduce(0) { $0 + $1.byteCount }
  }

  /// What stands in the file: floats first, so that they are aligned, then bytes.
  private func contents() -> [Content] {
    let quantized = tensors.filter { quantizedNames.contains($0.name) }.map {
      ($0.name, WeightMatrix($0.tensor, precision: .int8))
    }
    let floats = tensors.filter { !quantizedNames.contains($0.name) }.map {
      Content(name: $0.name, shape: $0.tensor.shape, numbers: .floats($0.tensor))
    }
    let scales = quantized.map { name, weights in
      Content(
        name: Self.scaleName(of: name), shape: [weights.outputCount],
        numbers: .floats(
          Tensor(shape: [weights.outputCount], values: unsafe weights.withBytes { $1 })))
    }
    let bytes = quantized.map { name, weights in
      Content(
        name: name, shape: [weights.outputCount, weights.inputCount], numbers: .bytes(weights))
    }
    return floats + scales + bytes
  }

  /// A tensor as it stands in the file.
  private struct Content {
    enum Numbers {
      case floats(Tensor)
      case bytes(WeightMatrix)
    }

    let name: String
    let shape: [Int]
    let numbers: Numbers

    var byteCount: Int { shape.reduce(1, *) * (type == .float32 ? 4 : 1) }

    var type: SafeTensorsHeader.NumberType {
      if case .floats = numbers { .float32 } else { .int8 }
    }

    /// The bytes in the file; every machine that Swift runs on here is little-endian.
    var data: Data {
      switch numbers {
      case .floats(let tensor): unsafe Data(bytes: tensor.pointer, count: 4 * tensor.count)
      case .bytes(let weights): unsafe weights.withBytes { bytes, _ in unsafe Data(bytes) }
      }
    }
  }

  private func encodedHeader(_ contents: [Content]) throws -> Data {
    var entries: [String: Any] = ["__metadata__": metadata]
    var offset = 0
    for content in contents {
      let end = offset + content.byteCount
      entries[content.name] = [
        "dtype": content.type.rawValue, "shape": content.shape, "data_offsets": [offset, end],
      ]
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
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    try self.init(data: data, path: path)
  }

  /// Reads `data`; `path` is for messages.
  ///
  /// - Throws: `ModelError.notAModel`, `.cutOff`, `.damaged`.
  package init(data: Data, path: String) throws(ModelError) {
    let header = try SafeTensorsHeader(data: data, fileSize: data.count, path: path)
    metadata = header.metadata
    let scaleNames = Set(
      header.entries.filter { $0.type == .int8 }.map { Self.scaleName(of: $0.name) })
    var read: [(name: String, tensor: Tensor)] = []
    var scales: [String: Tensor] = [:]
    for entry in header.entries.sorted(by: { $0.type == .float32 && $1.type == .int8 }) {
      let tensor = try entry.tensor(
        in: data, start: data.startIndex + header.length, path: path,
        scales: scales[Self.scaleName(of: entry.name)])
      if scaleNames.contains(entry.name) {
        scales[entry.name] = tensor
      } else {
        read.append((entry.name, tensor))
      }
    }
    tensors = read
  }
}

extension SafeTensorsHeader.Entry {
  /// The numbers, which start at `start` in `data`; bytes are multiplied by their row's scale.
  fileprivate func tensor(
    in data: Data, start: Int, path: String, scales: Tensor?
  ) throws(ModelError) -> Tensor {
    var tensor = Tensor(unwritten: shape)
    let first = start + offset
    if type == .float32 {
      let bytes = unsafe UnsafeMutableRawBufferPointer(
        start: tensor.mutablePointer, count: 4 * tensor.count)
      unsafe data.copyBytes(to: bytes, from: first..<first + 4 * tensor.count)
      return tensor
    }
    guard let scales, scales.count == tensor.rowCount else {
      throw .damaged(path: path, reason: "\(name) has bytes, but not a scale for each row")
    }
    let columns = tensor.columnCount
    let target = unsafe tensor.mutablePointer
    for index in 0..<shape.reduce(1, *) {
      let byte = Int8(bitPattern: data[first + index])
      unsafe target[index] = Float(byte) * scales[index / columns]
    }
    return tensor
  }
}

/// The header of a safetensors file, held against the file's size.
struct SafeTensorsHeader {
  /// The types of numbers that are read.
  enum NumberType: String {
    case float32 = "F32"
    case int8 = "I8"

    var size: Int { self == .float32 ? 4 : 1 }
  }

  struct Entry {
    let name: String
    let type: NumberType
    let shape: [Int]
    let offset: Int
  }

  let length: Int
  let metadata: [String: String]
  let entries: [Entry]

  /// The longest header that is believed.
  private static let longest = 100_000_000

  /// Where the numbers start, given the first eight bytes of a file; a length that no header has counts as the longest.
  static func length(_ start: Data) -> Int {
    let text = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return 8 + Int(min(text, UInt64(longest)))
  }

  /// Reads the start of a file of `fileSize` bytes, at least the header.
  init(data: Data, fileSize: Int, path: String) throws(ModelError) {
    guard data.count >= 10 else {
      throw .notAModel(path: path, found: data.isEmpty ? "an empty file" : "\(data.count) bytes")
    }
    length = Self.length(data)
    guard length < 8 + Self.longest, data[data.startIndex + 8] == UInt8(ascii: "{") else {
      throw .notAModel(path: path, found: "other content")
    }
    guard length <= fileSize, length <= data.count else {
      throw .cutOff(path: path, found: fileSize, expected: length)
    }
    let text = data.subdata(in: data.startIndex + 8..<data.startIndex + length)
    guard let object = try? JSONSerialization.jsonObject(with: text),
      let entries = object as? [String: Any]
    else { throw .damaged(path: path, reason: "the header is no JSON object") }
    metadata = entries["__metadata__"] as? [String: String] ?? [:]
    var read: [Entry] = []
    var end = 0
    for (name, value) in entries where name != "__metadata__" {
      let (entry, entryEnd) = try Self.entry(name, value, path: path)
      read.append(entry)
      end = max(end, entryEnd)
    }
    guard length + end <= fileSize else {
      throw .cutOff(path: path, found: fileSize, expected: length + end)
    }
    self.entries = read.sorted { ($0.offset, $0.name) < ($1.offset, $1.name) }
  }

  private static func entry(
    _ name: String, _ value: Any, path: String
  ) throws(ModelError) -> (Entry, end: Int) {
    guard let fields = value as? [String: Any], let shape = fields["shape"] as? [Int],
      let offsets = fields["data_offsets"] as? [Int], offsets.count == 2,
      let typeName = fields["dtype"] as? String
    else { throw .damaged(path: path, reason: "the header's entry \(name) is incomplete") }
    guard let type = NumberType(rawValue: typeName) else {
      throw .damaged(
        path: path, reason: "\(name) has numbers of type \(typeName), not F32 or I8")
    }
    var bytes = type.size
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
    return (Entry(name: name, type: type, shape: shape, offset: offsets[0]), offsets[1])
  }
}
