import Foundation
import ParlaFiles

/// The positions of the files in a tar archive, so that each can be read separately.
///
/// POSIX.1-2008, pax, "ustar Interchange Format": blocks of 512 bytes; long names as pax or GNU tar write them.
struct TarFile {
  /// A file in the archive.
  struct Member: Equatable {
    let name: String
    /// Its bytes in the archive.
    let bytes: Range<Int>
  }

  /// The files, in their order.
  let members: [Member]

  static let blockLength = 512

  /// Whether a file that begins with `head` is such an archive.
  static func isOne(_ head: some Collection<UInt8>) -> Bool {
    head.count >= blockLength && head.dropFirst(257).prefix(5).elementsEqual("ustar".utf8)
  }

  /// Whether a file that begins with `head` is an archive without files, which is as good as nothing but zeros.
  static func isEmpty(_ head: some Collection<UInt8>) -> Bool {
    head.count >= 2 * blockLength && head.allSatisfy { $0 == 0 }
  }

  /// Goes through the archive at `path`, of which only the headers are read.
  ///
  /// - Throws: `CorpusError.file`, `.damaged`.
  init(_ path: String) throws(CorpusError) {
    do {
      let handle = try FileContent.handle(path)
      defer { try? handle.close() }
      members = try Self.members(handle, path)
    } catch let error as CorpusError {
      throw error
    } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
  }

  private static func members(_ handle: FileHandle, _ path: String) throws -> [Member] {
    let end = Int(try handle.seekToEnd())
    var members: [Member] = []
    var position = 0
    var name: String?
    var size: Int?
    while position < end {
      let header = try block(handle, at: position)
      guard !header.allSatisfy({ $0 == 0 }) else { break }
      guard isOne(header), let plainSize = number(header[124..<136]) else {
        throw CorpusError.damaged(path: path, reason: "no header of tar at byte \(position)")
      }
      let start = position + blockLength
      let length = size ?? plainSize
      guard length >= 0, length <= end - start else {
        throw CorpusError.damaged(
          path: path,
          reason: "a file of \(length) bytes at byte \(start), where \(end - start) are left")
      }
      position = start + (length + blockLength - 1) / blockLength * blockLength
      let kind = header[156]
      switch kind {
      case UInt8(ascii: "x"), UInt8(ascii: "L"):
        try handle.seek(toOffset: UInt64(start))
        let content = Array(try handle.read(upToCount: min(length, 1 << 20)) ?? Data())
        if kind == UInt8(ascii: "L") {
          name = text(content[...])
        } else {
          let records = extended(content)
          name = records["path"] ?? name
          size = records["size"].flatMap(Int.init)
        }
        continue
      case UInt8(ascii: "0"), 0:
        members.append(
          Member(name: name ?? plainName(header), bytes: start..<start + length))
      default: break
      }
      (name, size) = (nil, nil)
    }
    return members
  }

  private static func block(_ handle: FileHandle, at position: Int) throws -> [UInt8] {
    try handle.seek(toOffset: UInt64(position))
    return Array(try handle.read(upToCount: blockLength) ?? Data())
  }

  private static func plainName(_ header: [UInt8]) -> String {
    let prefix = text(header[345..<500])
    let name = text(header[0..<100])
    return prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A number in octal digits, or in base 256 as GNU tar writes large ones.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    if let first = bytes.first, first & 0x80 != 0 {
      return bytes.suffix(8).reduce(0) { $0 << 8 | Int($1) } & Int.max
    }
    return Int(text(bytes).trimmingCharacters(in: .whitespaces), radix: 8)
  }

  /// The records `LENGTH KEY=VALUE\n` of a pax header.
  private static func extended(_ content: [UInt8]) -> [String: String] {
    var records: [String: String] = [:]
    var rest = content[...]
    while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(text(rest[..<blank])), length > 0, length <= rest.count
    {
      let record = rest.prefix(length)
      let pair = String(decoding: record[(blank + 1)...].dropLast(), as: UTF8.self)
      if let equals = pair.firstIndex(of: "=") {
        records[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
      }
      rest = rest.dropFirst(length)
    }
    return records
  }

  // MARK: Writing

  /// The header of a file called `name` of `size` bytes, and what fills up its last block.
  static func entry(_ name: String, size: Int) -> (header: [UInt8], padding: [UInt8]) {
    var header = [UInt8](repeating: 0, count: blockLength)
    func put(_ text: String, at place: Int) {
      for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
    }
    func octal(_ number: Int, _ count: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
    precondition(name.utf8.count <= 100, "a name that a plain header holds")
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(size, 11), at: 124)
    // No times: the same corpus is the same archive.
    put(octal(0, 11), at: 136)
    put("        0", at: 148)
    put("ustar", at: 257)
    put("00", at: 263)
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\0 ", at: 148)
    let padding = (blockLength - size % blockLength) % blockLength
    return (header, [UInt8](repeating: 0, count: padding))
  }

  /// What ends an archive.
  static let end = [UInt8](repeating: 0, count: 2 * blockLength)
}
