import CAudioFormats

/// Why libsndfile does not open a file, in words for who has the file: the library's own are for who calls it.
enum SoundRefusal {
  /// Looks at what `part` begins with, and at the header of a WAV.
  ///
  /// - Throws: `AudioError.unreadable`.
  static func reason(of part: SoundPart) throws(AudioError) -> AudioError {
    let path = part.source.path
    if let problem = ReadableFormats.problem { return .noLibrary(path: path, problem: problem) }
    let start = try part.source.bytes(at: part.range.lowerBound, count: 16)
    if let coding = try oggCoding(part) {
      return .unknownCoding(path: path, found: "\(coding) in Ogg")
    }
    switch StreamKind(start, isOver: true) {
    case .wav: return try waveRefusal(part)
    case .encoded(let format) where readFormats.contains(format):
      if let length = part.declaredLength, length.isCut {
        let promised = "the \(length.declared) bytes of sound that its header promises"
        return .damaged(path: path, found: "it ends after \(length.present) of \(promised)")
      }
      return .damaged(path: path, found: "it begins as \(format), but the rest is not")
    case .encoded(let format) where otherFormats.contains(format):
      return .unknownCoding(path: path, found: format)
    case .encoded(StreamKind.text): return .notAudio(path: path, firstBytes: start)
    // The library's own reason is of no use: without a handle it is the last one of any thread.
    default: return .notAudio(path: path, firstBytes: start)
    }
  }

  /// What the first packet of an Ogg file says that it holds, where that is neither Vorbis nor Opus; nil for other files.
  private static func oggCoding(_ part: SoundPart) throws(AudioError) -> String? {
    guard try part.source.bytes(at: part.range.lowerBound, count: 4).starts(with: "OggS".utf8)
    else {
      return nil
    }
    let page = try part.source.bytes(at: part.range.lowerBound, count: 27 + 255 + 8)
    guard page.count > 27 else { return nil }
    let packet = page.dropFirst(27 + Int(page[26]))
    let codings: [(name: String, start: [UInt8])] = [
      ("FLAC", [0x7F] + "FLAC".utf8), ("Speex", Array("Speex   ".utf8)),
      ("video", [0x80] + "theora".utf8), ("several streams", Array("fishead".utf8)),
    ]
    return codings.first { packet.starts(with: $0.start) }?.name
  }

  private static let readFormats: Set = [
    "big-endian WAV", "Wave64", "FLAC", "Ogg", "AIFF", "CAF", "AU", "NIST SPHERE", "VOC",
  ]
  private static let otherFormats: Set = [
    "AMR", "WMA", "WavPack", "Monkey's Audio", "SILK", "Musepack", "True Audio", "AAC",
  ]

  private static func waveRefusal(_ part: SoundPart) throws(AudioError) -> AudioError {
    let path = part.source.path
    guard let format = try WaveFormat(part.source) else {
      return .damaged(path: path, found: "its WAV header has no description of the sound")
    }
    guard Waveform.rates.contains(format.sampleRate) else {
      return .impossibleRate(path: path, found: format.sampleRate)
    }
    guard (1...WaveFormat.mostChannels).contains(format.channelCount) else {
      return .damaged(path: path, found: "its header gives \(format.channelCount) channels")
    }
    guard format.isRead else {
      return .unknownCoding(path: path, found: "\(format.codingName) sound in a WAV")
    }
    guard format.bitCount > 0 || !format.isPCM else {
      return .damaged(path: path, found: "its header gives 0 bits per sample")
    }
    return .damaged(
      path: path,
      found: part.declaredLength == nil
        ? "its WAV header ends before the sound begins" : "its WAV header is invalid")
  }
}

/// What the header of a WAV says of its samples: Microsoft's `WAVEFORMATEX`.
struct WaveFormat {
  let channelCount: Int
  let sampleRate: Int
  let bitCount: Int
  private let tag: Int

  /// As many as libsndfile takes.
  static let mostChannels = 1024

  /// Nil where the file has no such description.
  init?(_ source: SourceFile) throws(AudioError) {
    let isLittle = try source.bytes(count: 4) != Array("RIFX".utf8)
    var offset = 12
    while true {
      let chunk = try source.bytes(at: offset, count: 8 + 40)
      guard chunk.count >= 8 else { return nil }
      func number(_ start: Int, _ count: Int) -> Int {
        let bytes = chunk[start..<start + count]
        return (isLittle ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
      }
      let length = number(4, 4)
      if chunk.starts(with: "fmt ".utf8) {
        guard chunk.count >= 24, length >= 16 else { return nil }
        channelCount = number(10, 2)
        sampleRate = number(12, 4)
        bitCount = number(22, 2)
        let isExtended = number(8, 2) == 0xFFFE && length >= 40 && chunk.count >= 34
        tag = number(isExtended ? 32 : 8, 2)
        return
      }
      offset += 8 + length + length % 2
    }
  }

  var isPCM: Bool { tag == 1 }

  /// Whether libsndfile reads samples that are coded so.
  var isRead: Bool { [0x01, 0x02, 0x03, 0x06, 0x07, 0x11, 0x31, 0x50, 0x55].contains(tag) }

  /// What the registry of WAV formats (RFC 2361) calls it, as far as such files are met.
  var codingName: String {
    switch tag {
    case 0x14, 0x40, 0x45, 0x64: "G.726"
    case 0x22: "TrueSpeech"
    case 0x42: "G.723.1"
    case 0x65, 0x28F: "G.722"
    case 0x83: "G.729"
    case 0xFF, 0x1600, 0x1602, 0x1610: "AAC"
    case 0x160, 0x161, 0x162, 0x163: "WMA"
    case 0x674F...0x6771: "Vorbis"
    case 0x2000: "AC-3"
    case 0x704F: "Opus"
    case 0xF1AC: "FLAC"
    default: "(format \(tag))"
    }
  }
}
