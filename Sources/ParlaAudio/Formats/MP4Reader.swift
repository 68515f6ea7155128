/// Finds the packets of the first Opus track in an MP4 file (ISO/IEC 14496-12), whole or in fragments, as browsers record it.
struct MP4Reader {
  /// What the track's header says ("Encapsulation of Opus in ISO Base Media File Format", 4.3.2).
  private(set) var head = OpusHead(channelCount: 0, skippedCount: 0)

  /// The position of each packet in the file.
  private(set) var packets: [Range<Int>] = []

  /// Whether the file's tables list packets beyond its end.
  private(set) var isCut = false

  private let source: SourceFile
  private var track = Track()
  private var opusTrack: Int?
  private var fragment = Fragment()
  private var defaultSizes: [Int: Int] = [:]
  private var foreignCodec: String?
  private var hasIndex = false

  private struct Track {
    var number = 0
    var isOpus = false
    var sizes: [Int] = []
    var chunkOffsets: [Int] = []
    /// The first chunk for which a number of packets in a chunk holds.
    var chunkRuns: [(first: Int, count: Int)] = []
  }

  private struct Fragment {
    var start = 0
    var track = 0
    var base = 0
    var size = 0
    var next = 0
  }

  /// A box of the file: its content.
  private struct Box {
    let kind: String
    let start: Int
    let content: Range<Int>
  }

  private static let containers: Set<String> = [
    "moov", "trak", "mdia", "minf", "stbl", "moof", "traf", "mvex",
  ]
  /// The names of sound that is not read, by sample entries (the registration authority of MP4, mp4ra.org).
  private static let foreignCodecs = [
    "mp4a": "AAC", "alac": "ALAC", "ac-3": "AC-3", "ec-3": "E-AC-3", "samr": "AMR",
    "sawb": "wideband AMR", "fLaC": "FLAC", ".mp3": "MP3", "lpcm": "PCM", "sowt": "PCM",
    "twos": "PCM", "ipcm": "PCM",
  ]
  private static let longestTable = 64 << 20

  /// Reads the boxes of `source`.
  ///
  /// - Throws: `AudioError.unknownCoding` where it has no Opus track, `.damaged` where the index is missing.
  init(_ source: SourceFile) throws(AudioError) {
    self.source = source
    try read(0..<source.byteCount, depth: 0)
    guard hasIndex else {
      throw .damaged(
        path: source.path,
        found:
          "the index of this MP4, mostly at its end, is missing: it was cut, or never completed")
    }
    guard opusTrack != nil else {
      let found = foreignCodec.map { "\($0) sound in an MP4" } ?? "an MP4 without Opus sound"
      throw .unknownCoding(path: source.path, found: found)
    }
  }

  private mutating func read(_ range: Range<Int>, depth: Int) throws(AudioError) {
    var place = range.lowerBound
    while let box = try box(at: place, in: range) {
      switch box.kind {
      case "moov": hasIndex = true
      case "trak": track = Track()
      case "moof": fragment = Fragment(start: box.start, next: 0)
      default: break
      }
      if Self.containers.contains(box.kind), depth < 8 {
        try read(box.content, depth: depth + 1)
      } else {
        try take(box)
      }
      if box.kind == "trak" { endTrack() }
      place = box.content.upperBound
    }
  }

  private func box(at place: Int, in range: Range<Int>) throws(AudioError) -> Box? {
    let header = try source.bytes(at: place, count: min(16, max(0, range.upperBound - place)))
    guard header.count >= 8 else { return nil }
    var (size, length) = (number(header[0..<4]), 8)
    if size == 1, header.count == 16 { (size, length) = (number(header[8..<16]), 16) }
    if size == 0 { size = range.upperBound - place }
    let kind = String(decoding: header[4..<8], as: UTF8.self)
    guard size >= length else {
      throw .unreadable(path: source.path, reason: "the MP4 is broken")
    }
    // A recording that was cut keeps what is there.
    let end = min(range.upperBound, place + min(size, range.upperBound - place))
    return Box(kind: kind, start: place, content: place + length..<max(place + length, end))
  }

  private mutating func take(_ box: Box) throws(AudioError) {
    guard
      ["tkhd", "stsd", "stsz", "stsc", "stco", "co64", "trex", "tfhd", "trun"].contains(box.kind)
    else { return }
    guard box.content.count <= Self.longestTable else {
      throw .unreadable(path: source.path, reason: "a table of the MP4 is too long")
    }
    let bytes = try source.bytes(at: box.content.lowerBound, count: box.content.count)
    guard bytes.count >= 8 else { return }
    switch box.kind {
    case "tkhd": track.number = field(bytes, bytes[0] == 1 ? 20 : 12)
    case "stsd": takeDescription(bytes)
    case "stsz":
      let (common, count) = (field(bytes, 4), min(field(bytes, 8), source.byteCount))
      track.sizes =
        common > 0 ? [Int](repeating: common, count: count) : table(bytes, from: 12, width: 4)
    case "stco": track.chunkOffsets = table(bytes, from: 8, width: 4)
    case "co64": track.chunkOffsets = table(bytes, from: 8, width: 8)
    case "stsc":
      track.chunkRuns = stride(from: 8, through: bytes.count - 12, by: 12).map {
        (field(bytes, $0), field(bytes, $0 + 4))
      }
    case "trex": defaultSizes[field(bytes, 4)] = field(bytes, 16)
    case "tfhd": takeFragmentHead(bytes)
    default: takeRun(bytes)
    }
  }

  /// A sample entry "Opus" holds the box "dOps" after 28 bytes.
  private mutating func takeDescription(_ bytes: [UInt8]) {
    guard bytes.count >= 16 else { return }
    let codec = String(decoding: bytes[12..<16], as: UTF8.self)
    guard codec == "Opus", bytes.count >= 16 + 28 + 8 + 11 else {
      if let name = Self.foreignCodecs[codec] { foreignCodec = name }
      return
    }
    let content = 16 + 28 + 8
    track.isOpus = true
    guard opusTrack == nil else { return }
    head = OpusHead(
      channelCount: Int(bytes[content + 1]),
      skippedCount: number(bytes[(content + 2)..<(content + 4)]))
  }

  /// Lists the packets of a track whose tables are there.
  private mutating func endTrack() {
    guard track.isOpus, opusTrack == nil else { return }
    opusTrack = track.number
    var (number, run) = (0, 0)
    for (index, offset) in track.chunkOffsets.enumerated() {
      while run + 1 < track.chunkRuns.count, track.chunkRuns[run + 1].first <= index + 1 {
        run += 1
      }
      let count = run < track.chunkRuns.count ? track.chunkRuns[run].count : 0
      var place = offset
      for size in track.sizes[min(number, track.sizes.count)...].prefix(count) {
        isCut = isCut || place > source.byteCount - size
        add(place, size)
        place += size
        number += 1
      }
    }
  }

  private mutating func takeFragmentHead(_ bytes: [UInt8]) {
    let flags = field(bytes, 0) & 0xFF_FFFF
    fragment.track = field(bytes, 4)
    fragment.size = defaultSizes[fragment.track] ?? 0
    fragment.base = fragment.start
    var place = 8
    if flags & 1 != 0 {
      fragment.base = place + 8 <= bytes.count ? number(bytes[place..<place + 8]) : 0
      place += 8
    }
    if flags & 2 != 0 { place += 4 }
    if flags & 8 != 0 { place += 4 }
    if flags & 0x10 != 0 { fragment.size = field(bytes, place) }
    fragment.next = fragment.base
  }

  private mutating func takeRun(_ bytes: [UInt8]) {
    guard fragment.track == opusTrack else { return }
    let flags = field(bytes, 0) & 0xFF_FFFF
    let count = min(field(bytes, 4), source.byteCount)
    var place = 8
    var offset = fragment.next
    if flags & 1 != 0 {
      let relative = Int(Int32(truncatingIfNeeded: field(bytes, place)))
      offset = fragment.base + relative
      place += 4
    }
    if flags & 4 != 0 { place += 4 }
    let width = 4 * [0x100, 0x200, 0x400, 0x800].count { flags & $0 != 0 }
    let sizePlace = flags & 0x100 != 0 ? 4 : 0
    for _ in 0..<count {
      let size = flags & 0x200 != 0 ? field(bytes, place + sizePlace) : fragment.size
      guard place + width <= bytes.count, size > 0 else { break }
      add(offset, size)
      offset += size
      place += width
    }
    fragment.next = offset
  }

  private mutating func add(_ place: Int, _ size: Int) {
    guard place >= 0, size > 0, size <= 1 << 20, place <= source.byteCount - size else { return }
    packets.append(place..<place + size)
  }

  private func table(_ bytes: [UInt8], from start: Int, width: Int) -> [Int] {
    guard bytes.count >= start + width else { return [] }
    return stride(from: start, through: bytes.count - width, by: width).map {
      number(bytes[$0..<$0 + width])
    }
  }

  /// The number of four bytes at `place`; 0 beyond the end.
  private func field(_ bytes: [UInt8], _ place: Int) -> Int {
    place + 4 <= bytes.count ? number(bytes[place..<place + 4]) : 0
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(clamping: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
