/// Encodes to Opus and decodes again: `codec[bitrate=6000]`, in bits a second.
struct Codec: Augmentation {
  static let name = "codec"

  let domain = AugmentationDomain.sample
  private let bitRate: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    bitRate = try fields.range(
      "bitrate", ValueRange(3200), isWhole: true, within: 500...512_000)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let bitRate = context.drawWhole(bitRate)
    let sound = Waveform(samples: values.values, sampleRate: context.settings.sampleRate)
    values = AugmentedValues(try Self.coded(sound, bitRate: bitRate).samples)
  }

  /// What is left of `sound` after Opus, at least 500 and at most 512000 bits a second; no sample more or less.
  static func coded(_ sound: Waveform, bitRate: Int) throws(AudioError) -> Waveform {
    let rates = OpusCodec.sampleRates
    let rate = rates.first { $0 >= sound.sampleRate } ?? rates[rates.count - 1]
    let coded = try OpusCodec.coded(try sound.resampled(to: rate), bitRate: bitRate)
    return try coded.resampled(to: sound.sampleRate).fitted(to: sound.samples.count)
  }
}

extension Waveform {
  /// The sound with `count` samples, cut off or filled up with silence.
  func fitted(to count: Int) -> Waveform {
    let missing = max(0, count - samples.count)
    return Waveform(
      samples: samples.prefix(count) + [Float](repeating: 0, count: missing),
      sampleRate: sampleRate)
  }
}
