/// How many bytes of samples the header of an uncompressed file declares, and how many there are.
///
/// libsndfile reads a cut file of these formats without a word, and finds nothing in the file of a recorder that was killed
/// before it came back to its header. Formats: WAV after Microsoft's "Multimedia Programming Interface and Data Specifications
/// 1.0", RF64 after EBU Tech 3306, Wave64 after Sony's, AIFF after Apple's "AIFF-C" draft of 1991, CAF after Apple's
/// "Core Audio Format Specification 1.0", AU after Sun's `audio.h`, NIST SPHERE after NIST's `sphere` header description.
struct DeclaredLength {
  /// Where the samples begin.
  let offset: Int
  let declared: Int
  let present: Int

  /// Whether a WAV holds an MPEG stream.
  let holdsMPEG: Bool

  /// The length for a header that leaves it open, and its place there.
  let patch: (offset: Int, bytes: [UInt8])?

  var isCut: Bool { present < declared }

  /// A number in a header.
  private struct Field {
    var offset: Int
    var width: Int
    var littleEndian: Bool
    /// By how much it is more than the number of sample bytes.
    var surplus = 0
  }

  /// Nil for other formats, and for files without samples.
  init?(of source: SourceFile) throws(AudioError) {
    let start = try source.bytes(count: 1024)
    let found: (offset: Int, length: Field)?
    switch String(decoding: start.prefix(4), as: UTF8.self) {
    case "RIFF": found = try Self.chunk("data", of: source, littleEndian: true)
    case "RIFX": found = try Self.chunk("data", of: source, littleEndian: false)
    case "RF64": found = try Self.longWave(source)
    case "riff": found = try Self.wave64(source)
    case "FORM":
      // An SSND chunk begins with eight bytes of alignment.
      found = try Self.chunk("SSND", of: source, littleEndian: false).map { offset, field in
        (offset + 8, Field(offset: field.offset, width: 4, littleEndian: false, surplus: 8))
      }
    case "caff": found = try Self.coreAudio(source)
    case ".snd":
      guard start.count >= 12 else { return nil }
      let field = Field(offset: 8, width: 4, littleEndian: false)
      found = (Self.number(start[4..<8], littleEndian: false), field)
    case "NIST":
      guard let (offset, length) = Self.sphere(start) else { return nil }
      self.init(offset: offset, declared: length, in: source)
      return
    default: return nil
    }
    guard let (offset, field) = found, offset < source.byteCount else { return nil }
    let bytes = try source.bytes(at: field.offset, count: field.width)
    let value = Self.number(bytes[...], littleEndian: field.littleEndian)
    let rest = source.byteCount - offset
    // A writer that cannot go back to its header leaves nothing there, the largest length or something near it.
    let isOpen = value <= field.surplus || value >= (field.width == 4 ? 0x7FFF_0000 : Int.max)
    guard isOpen else {
      self.init(
        offset: offset, declared: value - field.surplus, in: source,
        holdsMPEG: Self.isMPEG(start))
      return
    }
    if value <= field.surplus, try Self.areChunks(from: offset, in: source, field) { return nil }
    let length = Self.bytes(rest + field.surplus, field)
    self.init(
      offset: offset, declared: rest, in: source, holdsMPEG: Self.isMPEG(start),
      patch: (field.offset, length))
  }

  private init(
    offset: Int, declared: Int, in source: SourceFile, holdsMPEG: Bool = false,
    patch: (offset: Int, bytes: [UInt8])? = nil
  ) {
    self.offset = offset
    self.declared = declared
    self.holdsMPEG = holdsMPEG
    self.patch = patch
    present = max(0, min(declared, source.byteCount - offset))
  }

  /// Where another file begins right behind this one; nil where none does.
  func nextFile(in source: SourceFile) throws(AudioError) -> Int? {
    guard patch == nil, !isCut else { return nil }
    let end = offset + declared
    // Chunks that follow the samples belong to the file.
    for end in [end, end + end % 2, try Self.containerEnd(of: source)] where end > 0 {
      guard end < source.byteCount else { continue }
      if Self.isBeginning(try source.bytes(at: end, count: 16)) { return end }
    }
    return nil
  }

  /// The error for a cut file of which `found` samples can be read.
  func error(path: String, found: Int) -> AudioError {
    guard found > 0, present > 0 else {
      return .truncated(path: path, found: found, expected: nil)
    }
    let width = present / found
    // Where samples have no whole number of bytes each (ADPCM), the proportion is near enough.
    let expected =
      width > 0 && present - width * found < width
      ? declared / width : Int(Double(found) * Double(declared) / Double(present))
    return .truncated(path: path, found: found, expected: expected)
  }
}

// MARK: - Formats

extension DeclaredLength {
  /// Whether an uncompressed file begins so.
  private static func isBeginning(_ start: [UInt8]) -> Bool {
    guard start.count == 16 else { return false }
    let kind = String(decoding: start[8..<12], as: UTF8.self)
    switch String(decoding: start[..<4], as: UTF8.self) {
    case "RIFF", "RIFX", "RF64": return kind == "WAVE"
    case "FORM": return kind == "AIFF" || kind == "AIFC"
    case ".snd": return number(start[4..<8], littleEndian: false) < 1 << 20
    case "caff": return start[4...].starts(with: [0, 1])
    case "riff": return start[4...].starts(with: [0x2E, 0x91, 0xCF, 0x11])
    case "NIST": return start[4...].starts(with: "_1A".utf8)
    default: return false
    }
  }

  /// Where the file ends by the length in its first bytes; 0 where it has none.
  private static func containerEnd(of source: SourceFile) throws(AudioError) -> Int {
    let start = try source.bytes(count: 24)
    guard start.count == 24 else { return 0 }
    func number(_ range: Range<Int>, littleEndian: Bool) -> Int {
      min(Self.number(start[range], littleEndian: littleEndian), 1 << 60)
    }
    switch String(decoding: start[..<4], as: UTF8.self) {
    case "RIFF": return 8 + number(4..<8, littleEndian: true)
    case "RIFX", "FORM": return 8 + number(4..<8, littleEndian: false)
    case "riff": return number(16..<24, littleEndian: true)
    default: return 0
    }
  }

  /// Walks the chunks of an IFF file (identifier, length, content, even padding) to the one named `name`.
  private static func chunk(
    _ name: String, of source: SourceFile, littleEndian: Bool
  ) throws(AudioError) -> (offset: Int, length: Field)? {
    var offset = 12
    while true {
      let header = try source.bytes(at: offset, count: 8)
      guard header.count == 8 else { return nil }
      if header.prefix(4).elementsEqual(name.utf8) {
        return (offset + 8, Field(offset: offset + 4, width: 4, littleEndian: littleEndian))
      }
      let length = number(header[4..<8], littleEndian: littleEndian)
      offset += 8 + length + length % 2
    }
  }

  /// A WAV whose lengths are in a separate chunk, with eight bytes each.
  private static func longWave(
    _ source: SourceFile
  ) throws(AudioError) -> (offset: Int, length: Field)? {
    guard let lengths = try chunk("ds64", of: source, littleEndian: true),
      let samples = try chunk("data", of: source, littleEndian: true)
    else { return nil }
    let own = number(try source.bytes(at: samples.length.offset, count: 4)[...], littleEndian: true)
    if own > 0, own < 0x7FFF_0000 { return samples }
    return (samples.offset, Field(offset: lengths.offset + 8, width: 8, littleEndian: true))
  }

  /// Chunks are named by 16 bytes; their lengths, of eight bytes, count the header of 24, and they begin at multiples of eight.
  private static func wave64(
    _ source: SourceFile
  ) throws(AudioError) -> (offset: Int, length: Field)? {
    var offset = 40
    while true {
      let header = try source.bytes(at: offset, count: 24)
      guard header.count == 24 else { return nil }
      if header.prefix(4).elementsEqual("data".utf8) {
        let field = Field(offset: offset + 16, width: 8, littleEndian: true, surplus: 24)
        return (offset + 24, field)
      }
      let length = number(header[16...], littleEndian: true)
      guard length >= 24, length < source.byteCount else { return nil }
      offset += (length + 7) / 8 * 8
    }
  }

  /// Lengths have eight bytes, -1 where they are open; samples come after four bytes of their own chunk.
  private static func coreAudio(
    _ source: SourceFile
  ) throws(AudioError) -> (offset: Int, length: Field)? {
    var offset = 8
    while true {
      let header = try source.bytes(at: offset, count: 12)
      guard header.count == 12 else { return nil }
      if header.prefix(4).elementsEqual("data".utf8) {
        let field = Field(offset: offset + 4, width: 8, littleEndian: false, surplus: 4)
        return (offset + 16, field)
      }
      let length = number(header[4...], littleEndian: false)
      guard length < source.byteCount else { return nil }
      offset += 12 + length
    }
  }

  /// A SPHERE header is text: its own length in the second line, then lines such as `sample_count -i 46797`.
  private static func sphere(_ start: [UInt8]) -> (offset: Int, length: Int)? {
    let lines = String(decoding: start, as: UTF8.self).split(separator: "\n")
    var fields: [Substring: Int] = [:]
    for line in lines.dropFirst(2) {
      let words = line.split(separator: " ")
      guard words.count == 3, let value = Int(words[2]), value > 0 else { continue }
      fields[words[0]] = value
    }
    guard lines.count > 2, let offset = Int(lines[1].drop(while: { $0 == " " })), offset >= 0,
      let sampleCount = fields["sample_count"], sampleCount < 1 << 40,
      let width = fields["sample_n_bytes"], width <= 8
    else { return nil }
    let channelCount = min(fields["channel_count"] ?? 1, 1024)
    return (offset, sampleCount * width * channelCount)
  }

  /// Whether the format of a WAV is 0x50, MPEG audio, or 0x55, its third layer.
  private static func isMPEG(_ start: [UInt8]) -> Bool {
    guard start.starts(with: "RIFF".utf8) || start.starts(with: "RF64".utf8) else { return false }
    var offset = 12
    while offset + 10 <= start.count {
      if start[offset...].starts(with: "fmt ".utf8) {
        return [0x50, 0x55].contains(number(start[offset + 8..<offset + 10], littleEndian: true))
      }
      let length = number(start[offset + 4..<offset + 8], littleEndian: true)
      offset += 8 + length + length % 2
    }
    return false
  }

  /// Whether chunks follow from `offset` to the file's end, so that a length of 0 is right.
  private static func areChunks(
    from offset: Int, in source: SourceFile, _ field: Field
  ) throws(AudioError) -> Bool {
    guard field.width == 4 else { return false }
    var offset = offset
    while offset < source.byteCount {
      let header = try source.bytes(at: offset, count: 8)
      guard header.count == 8, header[..<4].allSatisfy({ (0x20..<0x7F).contains($0) }) else {
        return false
      }
      offset += 8 + number(header[4...], littleEndian: field.littleEndian)
    }
    return offset - source.byteCount <= 1
  }

  /// An unsigned number; one beyond `Int.max`, as eight bytes of 255 are, counts as that.
  private static func number(_ bytes: ArraySlice<UInt8>, littleEndian: Bool) -> Int {
    let ordered = littleEndian ? Array(bytes.reversed()) : Array(bytes)
    return Int(clamping: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private static func bytes(_ number: Int, _ field: Field) -> [UInt8] {
    let value = field.width == 4 ? UInt64(UInt32(clamping: number)) : UInt64(clamping: number)
    let bytes = (0..<field.width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return field.littleEndian ? bytes : bytes.reversed()
  }
}
