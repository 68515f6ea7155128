/// How many bytes of samples the header of an uncompressed file declares, and how many there are.
///
/// libsndfile reads a cut file of these formats without a word. Formats: WAV after Microsoft's "Multimedia Programming
/// Interface and Data Specifications 1.0", AIFF after Apple's "AIFF-C" draft of 1991, AU after Sun's `audio.h`, NIST
/// SPHERE after NIST's `sphere` header description.
struct DeclaredLength: Equatable {
  let declared: Int
  let present: Int

  var isCut: Bool { present < declared }

  /// Nil for other formats, and where the header leaves the length open, as those of piped streams do.
  init?(of source: SourceFile) throws(AudioError) {
    let start = try source.bytes(count: 1024)
    let found: (offset: Int, length: Int)? =
      switch String(decoding: start.prefix(4), as: UTF8.self) {
      case "RIFF": try Self.chunk("data", of: source, littleEndian: true)
      case "RIFX": try Self.chunk("data", of: source, littleEndian: false)
      case "FORM":
        // An SSND chunk begins with eight bytes of alignment.
        try Self.chunk("SSND", of: source, littleEndian: false).map { ($0 + 8, max($1 - 8, 0)) }
      case ".snd": Self.sunAudio(start)
      case "NIST": Self.sphere(start)
      default: nil
      }
    // A writer that cannot go back to its header leaves the largest length or something near it.
    guard let found, found.length < 0x7FFF_0000 else { return nil }
    declared = found.length
    present = max(0, min(found.length, source.byteCount - found.offset))
  }

  /// The error for a cut file of which `found` samples can be read.
  func error(path: String, found: Int) -> AudioError {
    guard found > 0 else { return .truncated(path: path, found: 0, expected: nil) }
    let width = present / found
    // Where samples have no whole number of bytes each (ADPCM), the proportion is near enough.
    let expected =
      width > 0 && present - width * found < width
      ? declared / width : Int(Double(found) * Double(declared) / Double(present))
    return .truncated(path: path, found: found, expected: expected)
  }

  /// Walks the chunks of an IFF file (identifier, length, content, even padding) to the one named `name`.
  private static func chunk(
    _ name: String, of source: SourceFile, littleEndian: Bool
  ) throws(AudioError) -> (offset: Int, length: Int)? {
    var offset = 12
    while true {
      let header = try source.bytes(at: offset, count: 8)
      guard header.count == 8 else { return nil }
      let length = number(header[4..<8], littleEndian: littleEndian)
      if header.prefix(4).elementsEqual(name.utf8) { return (offset + 8, length) }
      offset += 8 + length + length % 2
    }
  }

  private static func sunAudio(_ start: [UInt8]) -> (offset: Int, length: Int)? {
    guard start.count >= 12 else { return nil }
    return (number(start[4..<8], littleEndian: false), number(start[8..<12], littleEndian: false))
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
    guard lines.count > 2, let offset = Int(lines[1].drop(while: { $0 == " " })),
      let sampleCount = fields["sample_count"], sampleCount < 1 << 40,
      let width = fields["sample_n_bytes"], width <= 8
    else { return nil }
    let channelCount = min(fields["channel_count"] ?? 1, 1024)
    return (offset, sampleCount * width * channelCount)
  }

  private static func number(_ bytes: ArraySlice<UInt8>, littleEndian: Bool) -> Int {
    littleEndian
      ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}
