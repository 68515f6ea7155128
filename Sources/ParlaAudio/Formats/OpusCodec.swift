import CAudioFormats

/// Opus (RFC 6716) by libopus, as DeepSpeech's sample databases use it: frames of 60 ms without a container.
enum OpusCodec {
  /// The rates that Opus takes, in hertz.
  static let sampleRates = [8000, 12000, 16000, 24000, 48000]

  /// Bits a second that libopus takes.
  private static let bitRates = 500...512_000

  private static let frameMilliseconds = 60

  /// No frame's packet is larger (RFC 6716, section 3.2.5, times three).
  private static let packetCapacity = 4000

  /// What is left of `sound`, of one of ``sampleRates``, after it was encoded at `bitRate` bits a second and decoded.
  ///
  /// Samples are those of 16 bits whose full scale is 32767, as DeepSpeech's are.
  /// - Throws: `AudioError.codec`, when memory is short.
  static func coded(_ sound: Waveform, bitRate: Int) throws(AudioError) -> Waveform {
    precondition(sampleRates.contains(sound.sampleRate), "a rate that Opus takes")
    let length = sound.sampleRate * frameMilliseconds / 1000
    let codec = try Pair(
      sampleRate: sound.sampleRate,
      bitRate: min(max(bitRate, bitRates.lowerBound), bitRates.upperBound))
    var samples = sound.samples.map { Int16(min(max($0, -1), 1) * 32767) }
    samples += [Int16](repeating: 0, count: (length - samples.count % length) % length)
    var result: [Float] = []
    result.reserveCapacity(samples.count)
    for start in stride(from: 0, to: samples.count, by: length) {
      result += try codec.coded(Array(samples[start..<start + length]))
    }
    result.removeLast(result.count - sound.samples.count)
    return Waveform(samples: result, sampleRate: sound.sampleRate)
  }

  /// An encoder with its decoder.
  @safe private struct Pair: ~Copyable {
    private let encoder: OpaquePointer
    private let decoder: OpaquePointer

    init(sampleRate: Int, bitRate: Int) throws(AudioError) {
      var status: Int32 = 0
      let encoder = unsafe opus_encoder_create(
        Int32(sampleRate), 1, OPUS_APPLICATION_AUDIO, &status)
      let decoder = unsafe opus_decoder_create(Int32(sampleRate), 1, &status)
      guard let encoder = unsafe encoder, let decoder = unsafe decoder,
        unsafe parla_opus_set_bit_rate(encoder, Int32(bitRate)) == OPUS_OK
      else {
        // Neither minds nil.
        unsafe opus_encoder_destroy(encoder)
        unsafe opus_decoder_destroy(decoder)
        throw Pair.failure(OPUS_ALLOC_FAIL)
      }
      unsafe self.encoder = encoder
      unsafe self.decoder = decoder
    }

    deinit {
      unsafe opus_encoder_destroy(encoder)
      unsafe opus_decoder_destroy(decoder)
    }

    /// One frame of samples, encoded and decoded.
    func coded(_ frame: [Int16]) throws(AudioError) -> [Float] {
      var packet = [UInt8](repeating: 0, count: packetCapacity)
      let size = unsafe opus_encode(
        encoder, frame, Int32(frame.count), &packet, Int32(packetCapacity))
      guard size > 0 else { throw Self.failure(size) }
      var decoded = [Int16](repeating: 0, count: frame.count)
      let count = unsafe opus_decode(decoder, packet, size, &decoded, Int32(frame.count), 0)
      guard Int(count) == frame.count else { throw Self.failure(min(count, OPUS_INTERNAL_ERROR)) }
      return decoded.map { Float($0) / 32767 }
    }

    private static func failure(_ status: Int32) -> AudioError {
      .codec(name: "Opus", reason: unsafe String(cString: opus_strerror(status)))
    }
  }
}
