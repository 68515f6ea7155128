import ParlaPlatform

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
    guard let entries = try? JSONDecoder().decode([String: Fields].self, from: text) else {
      throw .damaged(path: path, reason: "the header is no JSON object")
    }
    metadata = (try? Self.metadata(in: text)) ?? [:]
    var read: [Entry] = []
    for (name, value) in entries where name != "__metadata__" {
      read.append(try Self.entry(name, value, path: path))
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
    _ name: String, _ fields: Fields, path: String
  ) throws(ModelError) -> Entry {
    guard let shape = fields.shape, let offsets = fields.offsets, offsets.count == 2,
      let typeName = fields.type
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
    return Entry(
      name: name, type: type, shape: shape, offset: offsets[0], byteCount: bytes)
  }
}
