/// Finds the packets of the first Opus track in a WebM or Matroska file that arrives piece by piece (RFC 8794, RFC 9559).
///
/// Elements without a known size, as browsers write them, are read to their end; what is not sound is passed over.
struct WebMReader: Sendable {
  /// What the header of the track says, once it has come.
  private(set) var head: OpusHead?

  private let source: String
  private var bytes: [UInt8] = []
  private var skipping = 0
  /// The number of bytes before ``bytes``.
  private var readCount = 0
  /// Where the file ends by the size of its segment; nil where a recorder left that open.
  private var promisedEnd: Int?
  private var track = Track()
  private var opusTrack: Int?

  private struct Track: Sendable {
    var number = 0
    var codec = ""
    var head: OpusHead?
  }

  /// Elements whose content is read as elements.
  private static let masters: Set<UInt32> = [
    0x1A45_DFA3, 0x1853_8067, 0x1F43_B675, 0x1654_AE6B, 0xAE, 0xA0, 0xE1,
  ]
  private static let segment: UInt32 = 0x1853_8067
  private static let trackEntry: UInt32 = 0xAE
  private static let trackNumber: UInt32 = 0xD7
  private static let codecName: UInt32 = 0x86
  private static let codecPrivate: UInt32 = 0x63A2
  private static let blocks: Set<UInt32> = [0xA3, 0xA1]

  /// An element of sound is shorter than this.
  private static let longestElement = 1 << 20

  /// `source` is named in errors.
  init(source: String) { self.source = source }

  /// Takes the next bytes and gives the packets that they complete.
  ///
  /// - Throws: `AudioError.unreadable` for what is no WebM.
  mutating func feed(_ next: [UInt8]) throws(AudioError) -> [[UInt8]] {
    bytes += next
    var packets: [[UInt8]] = []
    var place = 0
    while let end = try advance(from: place, &packets) { place = end }
    place = min(place, bytes.count)
    bytes.removeFirst(place)
    readCount += place
    return packets
  }

  /// Whether fewer bytes came than the header promises.
  var isCut: Bool { promisedEnd.map { readCount + bytes.count < $0 } ?? false }

  /// Takes the end.
  ///
  /// - Throws: `AudioError.unreadable` where no Opus track came.
  func finish() throws(AudioError) {
    guard opusTrack != nil else {
      throw .unreadable(path: source, reason: "it is a WebM without a track of Opus sound")
    }
  }

  /// Reads the element at `place`; gives where the next begins, or nil where more bytes are needed.
  private mutating func advance(
    from place: Int, _ packets: inout [[UInt8]]
  ) throws(AudioError) -> Int? {
    if skipping > 0 {
      let count = min(skipping, bytes.count - place)
      skipping -= count
      return count > 0 ? place + count : nil
    }
    guard let (identifier, sizePlace) = try identifier(at: place),
      let (size, content) = try size(at: sizePlace)
    else { return nil }
    if Self.masters.contains(identifier) {
      if identifier == Self.trackEntry { track = Track() }
      if identifier == Self.segment, let size {
        promisedEnd = (readCount + content).addingReportingOverflow(size).partialValue
      }
      return content
    }
    guard let size else {
      throw .unreadable(path: source, reason: "an element of the WebM has no size")
    }
    let isWanted =
      Self.blocks.contains(identifier)
      || [Self.trackNumber, Self.codecName, Self.codecPrivate].contains(identifier)
    guard isWanted, size <= Self.longestElement else {
      skipping = size
      return content
    }
    guard bytes.count - content >= size else { return nil }
    try take(identifier, Array(bytes[content..<content + size]), &packets)
    return content + size
  }

  private mutating func take(
    _ identifier: UInt32, _ content: [UInt8], _ packets: inout [[UInt8]]
  ) throws(AudioError) {
    switch identifier {
    case Self.trackNumber: track.number = content.reduce(0) { $0 << 8 & 0xFFFF_FFFF | Int($1) }
    case Self.codecName: track.codec = String(decoding: content, as: UTF8.self)
    case Self.codecPrivate: track.head = OpusHead(content)
    default:
      if let packet = try packet(content) { packets.append(packet) }
      return
    }
    if opusTrack == nil, track.codec == "A_OPUS", track.number > 0, let found = track.head {
      opusTrack = track.number
      head = found
    }
  }

  /// The packet of a block, which is preceded by its track, two bytes of time and one of flags.
  private func packet(_ block: [UInt8]) throws(AudioError) -> [UInt8]? {
    guard let opusTrack, let length = Self.length(block.first), block.count >= length + 3 else {
      return nil
    }
    let number = Self.number(block[..<length], dropsMarker: true)
    guard number == opusTrack else { return nil }
    guard block[length + 2] & 0x06 == 0 else {
      throw .unreadable(path: source, reason: "its sound is laced, which WebM does not allow")
    }
    return Array(block[(length + 3)...])
  }

  private func identifier(at place: Int) throws(AudioError) -> (UInt32, Int)? {
    guard place < bytes.count else { return nil }
    guard let length = Self.length(bytes[place]), length <= 4 else {
      throw .unreadable(path: source, reason: "the WebM is broken")
    }
    guard place + length <= bytes.count else { return nil }
    let value = Self.number(bytes[place..<place + length], dropsMarker: false)
    return (UInt32(truncatingIfNeeded: value), place + length)
  }

  private func size(at place: Int) throws(AudioError) -> (Int?, Int)? {
    guard place < bytes.count else { return nil }
    guard let length = Self.length(bytes[place]) else {
      throw .unreadable(path: source, reason: "the WebM is broken")
    }
    guard place + length <= bytes.count else { return nil }
    let value = Self.number(bytes[place..<place + length], dropsMarker: true)
    let unknown = 1 << (7 * length) - 1
    return (value == unknown ? nil : value, place + length)
  }

  /// How many bytes a number has, by its first; nil for none.
  private static func length(_ byte: UInt8?) -> Int? {
    guard let byte, byte != 0 else { return nil }
    return byte.leadingZeroBitCount + 1
  }

  private static func number(_ bytes: ArraySlice<UInt8>, dropsMarker: Bool) -> Int {
    var value = 0
    for (index, byte) in bytes.enumerated() {
      let kept = index == 0 && dropsMarker ? byte & (0xFF >> UInt8(bytes.count)) : byte
      value = value << 8 | Int(kept)
    }
    return value
  }
}
