/// The streams of an MP3 file, found by going from frame to frame.
///
/// libsndfile trusts the number of frames in an encoder's tag, at the start of a stream, or guesses one from the first bit rates
/// and the file's length. So a file without tag, of changing bit rates, ends too early, and so do streams that were joined.
struct MPEGStreams {
  private let source: SourceFile
  private let start: Int
  private let end: Int
  private var offset: Int
  private var block: [UInt8] = []
  private var blockStart = 0
  private var streams: [Stream] = []
  /// How many bytes between frames were neither frame nor tag.
  private var skipped = 0

  /// So many of them are skipped at most, or a sixteenth of the file if that is more and not more than `mostSkipped`.
  ///
  /// The decoder tries to begin at each of them, and complains on standard error: a file made for that holds a program up for hours and
  /// fills its log.
  private static let usuallySkipped = 1 << 16
  private static let mostSkipped = 1 << 20

  private struct Stream {
    var range: Range<Int>
    let frame: MPEGFrame
    let hasTag: Bool
    /// The number of frames according to the tag.
    let promised: Int?
    /// How many there are, the tag's own left out.
    var found = 0
    /// Whether the file ends within its last frame.
    var isCut = false
  }

  /// The streams as parts; nil where `range` of the file holds no MPEG audio.
  ///
  /// - Throws: `AudioError.damaged` where much lies between frames, `.unreadable`.
  static func parts(
    of source: SourceFile, _ range: Range<Int>
  ) throws(AudioError) -> [SoundPart]? {
    var walk = MPEGStreams(source, range)
    try walk.toEnd()
    guard let first = walk.streams.first else { return nil }
    // Some encoders count a few frames too few; those are no stream of their own.
    let streams = [first] + walk.streams.dropFirst().filter { $0.hasTag || $0.found >= 8 }
    return streams.map { stream in
      var part = SoundPart(source, stream.range)
      part.promiseIsExact = stream.promised != nil
      // A tag shows that frames are missing; a WAV gives the number of bytes.
      part.isCut = stream.isCut && stream.promised == nil && range.lowerBound == 0
      if stream.promised == nil, stream.frame.layer == 3 {
        part.prefix = stream.frame.announcement(of: stream.found)
      }
      return part
    }
  }

  /// Whether a decoder would look for MPEG audio in the file: it begins as a frame does, perhaps after tags.
  static func isExpected(in source: SourceFile) throws(AudioError) -> Bool {
    var walk = MPEGStreams(source, 0..<source.byteCount)
    while let length = try walk.tagLength(), walk.offset < walk.end { walk.offset += length }
    let start = try walk.bytes(2)
    return start.count == 2 && start[0] == 0xFF && start[1] & 0xE0 == 0xE0
  }

  private init(_ source: SourceFile, _ range: Range<Int>) {
    self.source = source
    start = range.lowerBound
    offset = start
    end = range.upperBound
  }

  /// Goes from frame to frame and skips what is between them.
  private mutating func toEnd() throws(AudioError) {
    var isFollowing = false
    while offset < end {
      if let frame = MPEGFrame(try bytes(MPEGFrame.headerLength)),
        try isConfirmed(frame, unless: isFollowing)
      {
        try take(frame)
        isFollowing = true
      } else if let length = try tagLength() {
        offset += length
      } else {
        guard try mayBeginLater(), try skipToSync() else { return }
        isFollowing = false
      }
    }
  }

  /// Whether sound may come after what is neither frame nor tag: not in a file that does not begin as MPEG audio does.
  private mutating func mayBeginLater() throws(AudioError) -> Bool {
    if !streams.isEmpty || offset > start || start > 0 { return true }
    return try bytes(1).first == 0
  }

  /// A frame is followed by others like it, or by the end.
  private mutating func isConfirmed(
    _ frame: MPEGFrame, unless isFollowing: Bool = false
  ) throws(AudioError) -> Bool {
    if isFollowing { return true }
    let isExpected = streams.last.map { frame.continues($0.frame) } ?? true
    var (next, length) = (frame, frame.byteCount)
    for _ in 0..<2 {
      guard offset + length + MPEGFrame.headerLength <= end else { return isExpected }
      guard let following = MPEGFrame(try bytes(MPEGFrame.headerLength, after: length)),
        following.continues(next)
      else { return false }
      next = following
      length += following.byteCount
    }
    return true
  }

  private mutating func take(_ frame: MPEGFrame) throws(AudioError) {
    let next = min(offset + frame.byteCount, end)
    defer { offset = next }
    let tag = try tagFrameCount(frame)
    let isOver = streams.last.map { last in
      tag != nil || !frame.continues(last.frame) || last.promised.map { last.found >= $0 } == true
    }
    if isOver != false {
      streams.append(
        Stream(range: offset..<next, frame: frame, hasTag: tag != nil, promised: tag ?? nil))
      if tag != nil { return }
    }
    streams[streams.count - 1].range = streams[streams.count - 1].range.lowerBound..<next
    // The last frame of a cut file is none.
    if offset + frame.byteCount <= end {
      streams[streams.count - 1].found += 1
    } else {
      streams[streams.count - 1].isCut = true
    }
  }

  /// The number of frames in this frame's encoder tag, nil inside if the tag has none; nil if there is no tag.
  private mutating func tagFrameCount(_ frame: MPEGFrame) throws(AudioError) -> Int?? {
    guard frame.layer == 3 else { return nil }
    let tag = try bytes(12, after: frame.tagOffset)
    if tag.starts(with: "Xing".utf8) || tag.starts(with: "Info".utf8), tag.count == 12 {
      return .some(tag[7] & 1 != 0 ? tag[8...].reduce(0) { $0 << 8 | Int($1) } : nil)
    }
    let vbri = try bytes(18, after: MPEGFrame.headerLength + 32)
    guard vbri.starts(with: "VBRI".utf8), vbri.count == 18 else { return nil }
    return .some(vbri[14...].reduce(0) { $0 << 8 | Int($1) })
  }

  /// How long the tag is that begins here: ID3 version 1 or 2, or APE.
  private mutating func tagLength() throws(AudioError) -> Int? {
    let start = try bytes(32)
    if start.starts(with: "TAG".utf8) { return 128 }
    if start.starts(with: "ID3".utf8), start.count >= 10 {
      let length = start[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
      return 10 + length + (start[5] & 0x10 != 0 ? 10 : 0)
    }
    if start.starts(with: "APETAGEX".utf8), start.count == 32 {
      let isHeader = start[23] & 0x20 != 0
      let length = start[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
      return isHeader ? 32 + length : 32
    }
    return nil
  }

  /// Goes to the next place where a frame or a tag may begin, within the 64 KiB in which a decoder looks for it.
  private mutating func skipToSync() throws(AudioError) -> Bool {
    for _ in 0..<1 << 16 {
      offset += 1
      skipped += 1
      let most = min(max(Self.usuallySkipped, (end - start) / 16), Self.mostSkipped)
      guard skipped <= most || streams.isEmpty else {
        throw .damaged(
          path: source.path,
          found: "more than \(most >> 10) KiB between the frames of an MP3 that are no frames")
      }
      let start = try bytes(MPEGFrame.headerLength)
      guard start.count == MPEGFrame.headerLength else { return false }
      if let frame = MPEGFrame(start), try isConfirmed(frame) { return true }
      if start.starts(with: "ID3".utf8) { return true }
    }
    return false
  }

  /// Up to `count` bytes from `distance` after the current place on.
  private mutating func bytes(
    _ count: Int, after distance: Int = 0
  ) throws(AudioError) -> [UInt8] {
    let start = offset + distance
    let wanted = start..<max(start, min(start + count, end))
    if wanted.lowerBound < blockStart || wanted.upperBound > blockStart + block.count {
      blockStart = start
      block = try source.bytes(at: start, count: min(1 << 16, max(0, end - start)))
    }
    let first = wanted.lowerBound - blockStart
    return Array(block[min(first, block.count)..<min(first + wanted.count, block.count)])
  }
}
