/// The format of a stream of bytes, identified by its beginning.
enum StreamKind: Equatable {
  /// More bytes are needed.
  case undecided
  case samples
  case wav
  /// A file of another format, such as "MP3".
  case encoded(String)

  /// Identifies it by the first bytes, or by all bytes if it `isOver`.
  init(_ bytes: [UInt8], isOver: Bool) {
    if let found = Self.beginnings.first(where: { $0.matches(bytes) }) {
      self = found.format == "WAV" ? .wav : .encoded(found.format)
    } else if !isOver, Self.beginnings.contains(where: { $0.mayMatch(bytes) }) {
      self = .undecided
    } else if Self.mayBeText(bytes), !isOver || bytes.count >= Self.leastText {
      self = isOver || bytes.count >= Self.textLength ? .encoded(Self.text) : .undecided
    } else {
      self = Self.kindByFrames(bytes, isOver: isOver)
    }
  }

  /// What a stream of letters is called, such as the page that says why there is no sound.
  static let text = "text"

  /// Samples of 16 bits whose bytes are all letters would be louder than any sound begins.
  private static func mayBeText(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty
      && bytes.prefix(textLength).allSatisfy { (0x20..<0x7F).contains($0) || (9...13).contains($0) }
  }

  /// The minimum number of letters that are text: at the end of the stream, and before it.
  private static let leastText = 8
  private static let textLength = 64

  /// MP3 and AAC without a tag begin with a frame, and so may samples by chance: three frames in a row do not.
  private static func kindByFrames(_ bytes: [UInt8], isOver: Bool) -> StreamKind {
    for (format, byteCount) in [("MP3", mpegFrameLength), ("AAC", aacFrameLength)] {
      var (offset, count) = (0, 0)
      while count < 3, let length = byteCount(bytes.dropFirst(offset)) {
        count += 1
        offset += length
      }
      if count == 3 { return .encoded(format) }
      let rest = bytes.dropFirst(offset)
      if !isOver, rest.count < headerLength, rest.first ?? 0xFF == 0xFF { return .undecided }
    }
    return .samples
  }

  private static let headerLength = 6

  private static func mpegFrameLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    bytes.count < headerLength ? nil : MPEGFrame(bytes)?.byteCount
  }

  /// The header of "ADTS", ISO/IEC 13818-7, 6.2.
  private static func aacFrameLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    let header = Array(bytes.prefix(headerLength))
    guard header.count == headerLength, header[0] == 0xFF, header[1] & 0xF6 == 0xF0 else {
      return nil
    }
    let length = Int(header[3] & 3) << 11 | Int(header[4]) << 3 | Int(header[5] >> 5)
    return length > headerLength ? length : nil
  }

  /// The first bytes of a format; nil for any.
  private struct Beginning {
    let format: String
    let bytes: [UInt8?]

    init(_ format: String, _ text: String, after skipped: [UInt8?] = []) {
      self.format = format
      bytes = skipped + text.utf8.map { $0 }
    }

    init(_ format: String, _ bytes: [UInt8]) {
      self.format = format
      self.bytes = bytes
    }

    func matches(_ start: [UInt8]) -> Bool { start.count >= bytes.count && mayMatch(start) }

    func mayMatch(_ start: [UInt8]) -> Bool {
      zip(start, bytes).allSatisfy { $1 == nil || $0 == $1 }
    }
  }

  private static let beginnings = [
    Beginning("WAV", "RIFF"), Beginning("WAV", "RF64"), Beginning("big-endian WAV", "RIFX"),
    Beginning("Wave64", [0x72, 0x69, 0x66, 0x66, 0x2E, 0x91]), Beginning("MP3", "ID3"),
    Beginning("FLAC", "fLaC"), Beginning("Ogg", "OggS"), Beginning("AIFF", "FORM"),
    Beginning("CAF", "caff"), Beginning("AU", ".snd"), Beginning("NIST SPHERE", "NIST_1A"),
    Beginning("MP4 or M4A", "ftyp", after: [0, 0, nil, nil]), Beginning("AMR", "#!AMR"),
    Beginning("WebM or Matroska", [0x1A, 0x45, 0xDF, 0xA3]),
    Beginning("WMA", [0x30, 0x26, 0xB2, 0x75]), Beginning("WavPack", "wvpk"),
    Beginning("Monkey's Audio", "MAC "), Beginning("VOC", "Creative Voice File"),
    Beginning("gzip", [0x1F, 0x8B, 0x08]), Beginning("bzip2", "BZh"),
    Beginning("ZIP", "PK\u{3}\u{4}"),
    Beginning("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), Beginning("SILK", "#!SILK"),
    Beginning("Musepack", "MPCK"), Beginning("True Audio", "TTA1"),
  ]
}
