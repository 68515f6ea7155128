import ParlaAudio

/// How samples are written in bytes.
struct SampleFormat: Sendable, Equatable {
  /// What a sample is.
  enum Encoding: String, Sendable {
    /// Signed integers, little-endian, of 8 to 32 bits; those of 8 bits are unsigned, as in WAV.
    case linear
    /// G.711.
    case mulaw
    case alaw
    /// Floating-point numbers of 32 bits.
    case float
  }

  var encoding = Encoding.linear
  /// Bytes of a sample.
  var width = 2
  var channelCount = 1
  /// Samples a second of each channel, in hertz.
  var sampleRate: Int

  /// The rates that are taken.
  static let rates = 1000...384_000

  /// Nil where there is no such sound.
  init?(encoding: Encoding = .linear, width: Int = 2, channelCount: Int = 1, sampleRate: Int) {
    guard Self.rates.contains(sampleRate), (1...32).contains(channelCount), (1...4).contains(width)
    else { return nil }
    self.encoding = encoding
    self.width = encoding == .linear ? width : encoding == .float ? 4 : 1
    self.channelCount = channelCount
    self.sampleRate = sampleRate
  }

  /// Bytes of an instant.
  var frameWidth: Int { width * channelCount }

  /// The header of a WAV of such samples whose length is not known.
  var openWAVHeader: [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let tags: [Encoding: Int] = [.linear: 1, .float: 3, .alaw: 6, .mulaw: 7]
    let head = Array("RIFF".utf8) + number(0xFFFF_FFFF, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
    let format =
      number(tags[encoding] ?? 1, 2) + number(channelCount, 2) + number(sampleRate, 4)
      + number(sampleRate * frameWidth, 4) + number(frameWidth, 2) + number(8 * width, 2)
    return head + format + Array("data".utf8) + number(0xFFFF_FFFF, 4)
  }

  /// The mean of the channels of each instant in `bytes`, which hold whole ones.
  func samples(_ bytes: ArraySlice<UInt8>) -> [Float] {
    var samples: [Float] = []
    samples.reserveCapacity(bytes.count / frameWidth)
    var place = bytes.startIndex
    while place + frameWidth <= bytes.endIndex {
      var sum: Float = 0
      for _ in 0..<channelCount {
        sum += sample(bytes, at: place)
        place += width
      }
      samples.append(sum / Float(channelCount))
    }
    return samples
  }

  private func sample(_ bytes: ArraySlice<UInt8>, at place: Int) -> Float {
    switch encoding {
    case .mulaw: return Self.mulaw(bytes[place])
    case .alaw: return Self.alaw(bytes[place])
    case .float:
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: Self.integer(bytes, at: place, 4)))
      return value.isFinite ? min(max(value, -1), 1) : 0
    case .linear:
      guard width > 1 else { return Float(Int(bytes[place]) - 128) / 128 }
      return Float(Self.integer(bytes, at: place, width)) / Float(1 << (8 * width - 1))
    }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>, at place: Int, _ width: Int) -> Int {
    var value = 0
    for index in 0..<width { value |= Int(bytes[place + index]) << (8 * index) }
    let sign = 1 << (8 * width - 1)
    return (value ^ sign) - sign
  }

  /// ITU-T G.711, table 2a.
  private static func mulaw(_ byte: UInt8) -> Float {
    let bits = ~byte
    let magnitude = ((Int(bits & 0x0F) << 3) + 0x84) << Int(bits >> 4 & 7)
    return Float(bits & 0x80 == 0 ? magnitude - 0x84 : 0x84 - magnitude) / 32768
  }

  /// ITU-T G.711, table 1a.
  private static func alaw(_ byte: UInt8) -> Float {
    let bits = byte ^ 0x55
    let exponent = Int(bits >> 4 & 7)
    let mantissa = Int(bits & 0x0F) << 4
    let magnitude = exponent == 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
    return Float(bits & 0x80 == 0 ? -magnitude : magnitude) / 32768
  }
}

/// Samples that come in pieces of bytes, brought to the model's rate.
final class SampleSource: ByteSource {
  let format: SampleFormat
  private let target: Int
  private var rest: [UInt8] = []
  private var resampler: StreamingResampler?
  /// How many instants have come.
  private(set) var count = 0

  init(_ format: SampleFormat, target: Int) {
    self.format = format
    self.target = target
  }

  /// Half a second, or a kibibyte.
  var sliceLength: Int { max(1024, format.frameWidth * format.sampleRate / 2) }

  /// How much has come, in seconds.
  var seconds: Double { Double(count) / Double(format.sampleRate) }

  /// Takes the next bytes, which may end within a sample, and gives the samples that they complete.
  ///
  /// - Throws: `AudioError.cannotResample`, when memory is short.
  func feed(_ bytes: [UInt8]) throws(AudioError) -> [Float] {
    rest += bytes
    let whole = rest.count - rest.count % format.frameWidth
    let samples = format.samples(rest[..<whole])
    rest.removeFirst(whole)
    count += samples.count
    return try resampled(samples)
  }

  /// Takes the end, and gives the last samples.
  func finish() throws(AudioError) -> [Float] {
    rest = []
    guard var ended = resampler.take() else { return [] }
    return try ended.finish()
  }

  private func resampled(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard format.sampleRate != target, !samples.isEmpty else { return samples }
    if resampler == nil {
      resampler = try StreamingResampler(from: format.sampleRate, to: target)
    }
    return try resampler?.feed(samples) ?? []
  }
}
