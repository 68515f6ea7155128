/// The four bytes before each frame of MPEG audio: ISO/IEC 11172-3, 2.4.1.3, with the lower rates of 13818-3 and of "MPEG 2.5".
struct MPEGFrame: Equatable {
  static let headerLength = 4

  /// The third layer is 3.
  let layer: Int
  let sampleRate: Int
  let channelCount: Int
  let byteCount: Int

  private let version: Version
  private let bytes: [UInt8]

  private enum Version: Int {
    case mpeg25 = 0
    case mpeg2 = 2
    case mpeg1 = 3
  }

  /// Nil where no header is, and for "free" and forbidden bit rates.
  init?(_ header: some Collection<UInt8>) {
    guard header.first == 0xFF else { return nil }
    let bytes = Array(header.prefix(Self.headerLength))
    guard bytes.count == Self.headerLength, bytes[1] & 0xE0 == 0xE0,
      let version = Version(rawValue: Int(bytes[1] >> 3 & 3)), bytes[1] >> 1 & 3 != 0,
      (1..<15).contains(bytes[2] >> 4), bytes[2] >> 2 & 3 != 3
    else { return nil }
    self.bytes = bytes
    self.version = version
    layer = 4 - Int(bytes[1] >> 1 & 3)
    let rate = [44_100, 48_000, 32_000][Int(bytes[2] >> 2 & 3)]
    sampleRate = version == .mpeg1 ? rate : version == .mpeg2 ? rate / 2 : rate / 4
    channelCount = bytes[3] >> 6 == 3 ? 1 : 2
    let table = Self.kilobits[version == .mpeg1 ? layer - 1 : layer == 1 ? 3 : 4]
    let bitRate = table[Int(bytes[2] >> 4)] * 1000
    let padding = Int(bytes[2] >> 1 & 1)
    switch layer {
    case 1: byteCount = (12 * bitRate / sampleRate + padding) * 4
    case 3 where version != .mpeg1: byteCount = 72 * bitRate / sampleRate + padding
    default: byteCount = 144 * bitRate / sampleRate + padding
    }
  }

  /// Whether both belong to one stream: bit rate, padding and how channels are joined may change from frame to frame.
  func continues(_ other: MPEGFrame) -> Bool {
    version == other.version && layer == other.layer && sampleRate == other.sampleRate
      && channelCount == other.channelCount
  }

  /// The position of an encoder's tag in a frame of layer III: after the side information.
  var tagOffset: Int {
    let isMono = channelCount == 1
    let side = version == .mpeg1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17)
    return Self.headerLength + side
  }

  /// A frame without sound, of which a decoder learns that `frameCount` frames like this one follow: the "Xing" tag of encoders.
  func announcement(of frameCount: Int) -> [UInt8] {
    // Without checksum; the bit rate is 128 kbit/s or 64, so that there is room; no padding.
    let header = [
      bytes[0], bytes[1] | 1, bytes[2] & 0x0C | (version == .mpeg1 ? 0x90 : 0x80), bytes[3],
    ]
    guard let frame = MPEGFrame(header) else { return [] }
    let count = (0..<4).map { UInt8(truncatingIfNeeded: frameCount >> (24 - 8 * $0)) }
    let start =
      header + [UInt8](repeating: 0, count: tagOffset - Self.headerLength)
      + Array("Xing".utf8) + [0, 0, 0, 1] + count
    return start + [UInt8](repeating: 0, count: max(0, frame.byteCount - start.count))
  }

  /// kbit/s by index: layers 1, 2 and 3 of MPEG 1, then layer 1 and layers 2 and 3 of the others.
  private static let kilobits = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]
}
