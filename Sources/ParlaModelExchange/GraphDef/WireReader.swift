import Foundation
import ParlaAcousticModel

/// Walks over the fields of a protocol-buffer message without decoding them, so that weights can stay in the file.
///
/// Format: Protocol Buffers, "Encoding": each field is a tag (number and wire type) and its content.
struct WireReader {
  /// A field and where its content is: of a field with a length, what follows the length.
  struct Field {
    let number: Int
    let hasLength: Bool
    let whole: Range<Int>
    let content: Range<Int>
  }

  let bytes: ModelBytes
  private var position: Int
  private let end: Int

  /// Reads the message that is at `range` in `bytes`.
  ///
  /// - Throws: `ModelError.cutOff`.
  init(_ bytes: ModelBytes, _ range: Range<Int>) throws(ModelError) {
    try bytes.check(range)
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or nil at the end.
  ///
  /// - Throws: `ModelError.damaged`, `.cutOff`.
  mutating func next() throws(ModelError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    let number = Int(tag >> 3)
    guard number > 0, number < 1 << 29 else { throw damaged("field \(number)", at: start) }
    var length = 0
    let content = position
    switch tag & 7 {
    case 0:
      _ = try varint()
      return Field(
        number: number, hasLength: false, whole: start..<position, content: content..<position)
    case 1: length = 8
    case 2:
      let found = try varint()
      guard found <= UInt64(end - position) else {
        throw damaged("a field of \(found) bytes where \(end - position) are left", at: start)
      }
      length = Int(found)
    case 5: length = 4
    default: throw damaged("wire type \(tag & 7)", at: start)
    }
    guard length <= end - position else { throw damaged("a field that is cut off", at: start) }
    defer { position += length }
    return Field(
      number: number, hasLength: tag & 7 == 2, whole: start..<position + length,
      content: position..<position + length)
  }

  private mutating func varint() throws(ModelError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { break }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw damaged("a number without an end", at: position)
  }

  private func damaged(_ what: String, at offset: Int) -> ModelError {
    .damaged(path: bytes.path, reason: "\(what) at byte \(offset)")
  }
}
