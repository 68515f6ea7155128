import CAudioFormats

/// Opus (RFC 6716) by libopus, as DeepSpeech's sample databases use it: frames of 60 ms without a container.
enum OpusCodec {
  /// The rates that Opus takes, in hertz.
  static let sampleRates = [8000, 12000, 16000, 24000, 48000]

  /// Bits a second that libopus takes.
  private static let bitRates = 500...512_000

  private static let frameMilliseconds = 60

  /// Samples of a frame at `sampleRate`.
  static func frameLength(_ sampleRate: Int) -> Int { sampleRate * frameMilliseconds / 1000 }

  /// What is left of `sound`, of one of ``sampleRates``, after it was encoded at `bitRate` bits a second and decoded.
  ///
  /// Samples are those of 16 bits whose full scale is 32767, as DeepSpeech's are.
  /// - Throws: `AudioError.codec`, when memory is short.
  static func coded(_ sound: Waveform, bitRate: Int) throws(AudioError) -> Waveform {
    precondition(sampleRates.contains(sound.sampleRate), "a rate that Opus takes")
    let decoder = try OpusFrameDecoder(sampleRate: sound.sampleRate, channelCount: 1)
    let length = frameLength(sound.sampleRate)
    var result: [Float] = []
    result.reserveCapacity(sound.samples.count + length)
    let samples = sound.samples.map { Int16(min(max($0, -1), 1) * 32767) }
    for packet in try packets(samples, sampleRate: sound.sampleRate, bitRate: bitRate) {
      result += try decoder.decode(packet, length: length).map { Float($0) / 32767 }
    }
    result.removeLast(result.count - sound.samples.count)
    return Waveform(samples: result, sampleRate: sound.sampleRate)
  }

  /// The packets of `samples` of one channel, the last frame filled up with zeros; nil lets libopus choose the bits a second.
  ///
  /// - Throws: `AudioError.codec`, when memory is short.
  static func packets(
    _ samples: [Int16], sampleRate: Int, bitRate: Int?
  ) throws(AudioError) -> [[UInt8]] {
    let length = frameLength(sampleRate)
    let encoder = try OpusFrameEncoder(
      sampleRate: sampleRate,
      bitRate: bitRate.map { min(max($0, bitRates.lowerBound), bitRates.upperBound) })
    let missing = (length - samples.count % length) % length
    let filled = samples + [Int16](repeating: 0, count: missing)
    var packets: [[UInt8]] = []
    for start in stride(from: 0, to: filled.count, by: length) {
      packets.append(try encoder.encode(Array(filled[start..<start + length])))
    }
    return packets
  }
}

/// An encoder of one channel.
@safe struct OpusFrameEncoder: ~Copyable {
  private let handle: OpaquePointer

  /// No frame's packet is larger (RFC 6716, section 3.2.5, times three).
  private static let packetCapacity = 4000

  init(sampleRate: Int, bitRate: Int?) throws(AudioError) {
    var status: Int32 = 0
    let handle = unsafe opus_encoder_create(Int32(sampleRate), 1, OPUS_APPLICATION_AUDIO, &status)
    guard let handle = unsafe handle else { throw .opus(status) }
    if let bitRate {
      status = unsafe parla_opus_set_bit_rate(handle, Int32(bitRate))
      guard status == OPUS_OK else {
        unsafe opus_encoder_destroy(handle)
        throw .opus(status)
      }
    }
    unsafe self.handle = handle
  }

  deinit { unsafe opus_encoder_destroy(handle) }

  /// The packet of one frame.
  func encode(_ frame: [Int16]) throws(AudioError) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: Self.packetCapacity)
    let size = unsafe opus_encode(
      handle, frame, Int32(frame.count), &packet, Int32(Self.packetCapacity))
    guard size > 0 else { throw .opus(size) }
    return Array(packet[..<Int(size)])
  }
}

/// A decoder to samples of 16 bits.
@safe struct OpusFrameDecoder: ~Copyable {
  private let handle: OpaquePointer
  private let channelCount: Int

  init(sampleRate: Int, channelCount: Int) throws(AudioError) {
    var status: Int32 = 0
    let handle = unsafe opus_decoder_create(Int32(sampleRate), Int32(channelCount), &status)
    guard let handle = unsafe handle else { throw .opus(status) }
    unsafe self.handle = handle
    self.channelCount = channelCount
  }

  deinit { unsafe opus_decoder_destroy(handle) }

  /// The samples of a packet of `length` samples a channel, channels interleaved.
  func decode(_ packet: [UInt8], length: Int) throws(AudioError) -> [Int16] {
    var decoded = [Int16](repeating: 0, count: length * channelCount)
    let count = unsafe opus_decode(
      handle, packet, Int32(packet.count), &decoded, Int32(length), 0)
    guard Int(count) == length else { throw .opus(min(count, OPUS_INTERNAL_ERROR)) }
    return decoded
  }
}

extension AudioError {
  fileprivate static func opus(_ status: Int32) -> AudioError {
    .codec(name: "Opus", reason: unsafe String(cString: opus_strerror(status)))
  }
}
