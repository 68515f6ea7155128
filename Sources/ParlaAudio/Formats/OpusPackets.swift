import CAudioFormats

/// Decodes the packets of an Opus stream (RFC 6716), as containers other than Ogg hold them.
@safe struct OpusPacketDecoder: ~Copyable {
  /// Samples a second of what is decoded, in hertz.
  static let sampleRate = 48_000

  private let handle: OpaquePointer
  private let channelCount: Int
  private var skippedCount: Int
  private var block: [Float]

  /// The longest packet lasts 120 ms.
  private static let longestPacket = 5760

  /// Decodes a stream whose header is `head`, "OpusHead" of RFC 7845, 5.1.
  ///
  /// - Throws: `AudioError.codec` for more than two channels, or when memory is short.
  init(head: OpusHead) throws(AudioError) {
    guard (1...2).contains(head.channelCount) else {
      throw .codec(name: "Opus", reason: "found \(head.channelCount) channels, expected 1 or 2")
    }
    var status: Int32 = 0
    let handle = unsafe opus_decoder_create(
      Int32(Self.sampleRate), Int32(head.channelCount), &status)
    guard let handle = unsafe handle else {
      throw .codec(name: "Opus", reason: unsafe String(cString: opus_strerror(status)))
    }
    unsafe self.handle = handle
    channelCount = head.channelCount
    skippedCount = head.skippedCount
    block = [Float](repeating: 0, count: Self.longestPacket * channelCount)
  }

  deinit { unsafe opus_decoder_destroy(handle) }

  /// The samples of the next packet, the mean of its channels, in [-1, 1].
  ///
  /// - Throws: `AudioError.codec` for what is no packet.
  mutating func decode(_ packet: [UInt8]) throws(AudioError) -> [Float] {
    guard !packet.isEmpty else { return [] }
    let count = unsafe opus_decode_float(
      handle, packet, Int32(clamping: packet.count), &block, Int32(Self.longestPacket), 0)
    guard count >= 0 else {
      throw .codec(name: "Opus", reason: unsafe String(cString: opus_strerror(count)))
    }
    let skipped = min(Int(count), skippedCount)
    skippedCount -= skipped
    return (skipped..<Int(count)).map { index in
      var sum: Float = 0
      for channel in 0..<channelCount { sum += block[index * channelCount + channel] }
      return min(max(sum / Float(channelCount), -1), 1)
    }
  }
}

/// The header of an Opus stream (RFC 7845, 5.1).
struct OpusHead: Sendable, Equatable {
  let channelCount: Int
  /// How many samples at the start are not part of the sound.
  let skippedCount: Int

  init(channelCount: Int, skippedCount: Int) {
    self.channelCount = channelCount
    self.skippedCount = skippedCount
  }

  /// Nil for what is no such header.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 19, bytes.starts(with: "OpusHead".utf8) else { return nil }
    channelCount = Int(bytes[9])
    skippedCount = Int(bytes[10]) | Int(bytes[11]) << 8
  }
}
