/// The pages of an Ogg file, RFC 3533.
///
/// libsndfile leaves out pages that were damaged without a word, and with them the sound in them: they are looked at here.
enum OggPages {
  /// A page's header: 27 bytes, of which the sixth holds flags and the last counts the lengths that follow.
  private struct Header {
    static let length = 27
    private let bytes: [UInt8]

    /// Nil where no page begins.
    init?(_ bytes: [UInt8]) {
      guard bytes.starts(with: "OggS".utf8) else { return nil }
      self.bytes = bytes
    }

    /// Whether all of it is there.
    var isWhole: Bool { bytes.count >= Self.length && bytes.count >= length }
    /// With the lengths of its segments.
    var length: Int { Self.length + Int(bytes[26]) }
    var contentLength: Int { bytes[Self.length..<length].reduce(0) { $0 + Int($1) } }
    /// Whether a logical stream begins or ends with this page.
    var isBeginning: Bool { bytes[5] & 2 != 0 }
    var isEnd: Bool { bytes[5] & 4 != 0 }
    /// What the stream has reached at the page's end, in samples mostly; negative where it does not say.
    var position: Int64 {
      bytes[6..<14].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }
    /// The sum that the writer stored.
    var checksum: UInt32 { bytes[22..<26].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
    /// The header as the sum sees it: with zeros in its own place.
    var summed: [UInt8] { bytes[..<22] + [0, 0, 0, 0] + bytes[26..<length] }
  }

  /// The positions where consecutive streams begin, as opposed to multiplexed ones (a "chained" file).
  ///
  /// - Throws: `AudioError.truncated`, `.damaged`, `.unreadable`.
  static func streamStarts(in source: SourceFile) throws(AudioError) -> [Int] {
    var starts = [0]
    var offset = 0
    var isInHeader = true
    var openCount = 0
    var position = 0
    while offset < source.byteCount {
      guard let header = Header(try source.bytes(at: offset, count: Header.length + 255)) else {
        // Data after the end, such as a tag, is not missed.
        if openCount <= 0 { return starts }
        throw .damaged(
          path: source.path, found: "no page of its Ogg begins at byte \(offset), where one should")
      }
      guard header.isWhole, offset + header.length + header.contentLength <= source.byteCount else {
        throw .truncated(path: source.path, found: position, expected: nil)
      }
      let content = try source.bytes(at: offset + header.length, count: header.contentLength)
      guard checksum(header.summed, content) == header.checksum else {
        throw .damaged(
          path: source.path,
          found: "the page of its Ogg at byte \(offset) is not what its checksum says")
      }
      if header.isBeginning, !isInHeader { starts.append(offset) }
      isInHeader = header.isBeginning
      openCount += (header.isBeginning ? 1 : 0) - (header.isEnd ? 1 : 0)
      position = max(0, Int(header.position))
      offset += header.length + header.contentLength
    }
    return starts
  }

  /// CRC-32 with the polynomial 0x04C11DB7, not reflected, from 0 (RFC 3533, 6).
  private static func checksum(_ parts: [UInt8]...) -> UInt32 {
    var sum: UInt32 = 0
    for part in parts {
      for byte in part { sum = sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)] }
    }
    return sum
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte) << 24) { value, _ in
      value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1
    }
  }
}
