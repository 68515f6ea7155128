import ParlaPlatform

/// The header of a safetensors file, held against the file's size.
package struct SafeTensorsHeader {
  /// The types of numbers that there are.
  package enum NumberType: String, CaseIterable, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    var size: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .int8, .uint8, .bool: 1
      }
    }

    /// Those that Parla writes.
    package static let own: [NumberType] = [.float32, .int8]
  }

  /// A tensor.
  package struct Entry {
    /// Unique in its file.
    package let name: String
    /// What its numbers are.
    package let type: NumberType
    /// Length of each axis, outermost first.
    package let shape: [Int]
    /// Where they begin, in bytes after the header.
    package let offset: Int
    let byteCount: Int
  }

  /// How many bytes stand before the numbers.
  package let length: Int
  let metadata: [String: String]

  /// The tensors in the order of the file.
  package let entries: [Entry]

  /// Reads the header of a file whose numbers are of `types`.
  ///
  /// - Throws: `ModelError.notAModel`, `.cutOff`, `.damaged`.
  package init(
    _ bytes: ModelBytes, types: [NumberType] = NumberType.own
  ) throws(ModelError) {
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
    guard let entries = try? JSONDecoder().decode([String: Fields].self, from: text) else {
      throw .damaged(path: path, reason: "the header is no JSON object")
    }
    metadata = (try? Self.metadata(in: text)) ?? [:]
    var read: [Entry] = []
    for (name, value) in entries where name != "__metadata__" {
      read.append(try Self.entry(name, value, types, path: path))
    }
    self.entries = read.sorted { ($0.offset, $0.name) < ($1.offset, $1.name) }
    try checkPlaces(bytes)
  }

  /// Whether `bytes` start as a safetensors file does: the length of its header fits into five bytes, and a brace follows it.
  static func isHead(of bytes: ModelBytes) -> Bool {
    bytes.count > 9 && bytes[8] == UInt8(ascii: "{") && (5..<8).allSatisfy { bytes[$0] == 0 }
  }

  /// The texts in a header.
  ///
  /// `JSONSerialization` loses a byte-order mark at the start of a text, which may be a label.
  static func metadata(in header: Data) throws -> [String: String] {
    try JSONDecoder().decode(Texts.self, from: header).texts ?? [:]
  }

  /// What an entry of the header says, as far as it is what an entry says.
  struct Fields: Codable {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }

    init(type: String, shape: [Int], offsets: [Int]) {
      self.type = type
      self.shape = shape
      self.offsets = offsets
    }

    init(from decoder: any Decoder) {
      let container = try? decoder.container(keyedBy: CodingKeys.self)
      type = try? container?.decode(String.self, forKey: .type)
      shape = try? container?.decode([Int].self, forKey: .shape)
      offsets = try? container?.decode([Int].self, forKey: .offsets)
    }
  }

  private struct Texts: Decodable {
    let texts: [String: String]?

    enum CodingKeys: String, CodingKey {
      case texts = "__metadata__"
    }
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
    _ name: String, _ fields: Fields, _ types: [NumberType], path: String
  ) throws(ModelError) -> Entry {
    guard let shape = fields.shape, let offsets = fields.offsets, offsets.count == 2,
      let typeName = fields.type
    else { throw .damaged(path: path, reason: "the header's entry \(name) is incomplete") }
    guard let type = NumberType(rawValue: typeName), types.contains(type) else {
      let expected = types.map(\.rawValue).joined(separator: " or ")
      throw .damaged(
        path: path, reason: "\(name) has numbers of type \(typeName), not \(expected)")
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
    return Entry(
      name: name, type: type, shape: shape, offset: offsets[0], byteCount: bytes)
  }
}
