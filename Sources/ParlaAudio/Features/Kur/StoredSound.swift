/// A recording with the numbers that its file stores: neither its rate nor the size of its numbers is changed.
///
/// Kur computes features of what a file stores, at the file's own rate. Several channels become their mean, which for whole
/// numbers is a whole number again, rounded towards zero.
package struct StoredSound: Sendable {
  /// The samples.
  package let samples: [Double]

  /// The largest possible sample.
  package let fullScale: Double

  /// Samples a second, in hertz.
  package let sampleRate: Int

  /// Makes a sound of `samples`.
  package init(samples: [Double], fullScale: Double, sampleRate: Int) {
    self.samples = samples
    self.fullScale = fullScale
    self.sampleRate = sampleRate
  }

  /// The form in which a file stores samples.
  enum Encoding {
    case int16, int32, uint8, float, other
  }

  /// Reads the recording at `path`.
  ///
  /// With `asKurDid`, floating-point samples count as if they were whole ones of 32 bits, and silence in 8 bits is 128 instead of
  /// 0: two faults of Kur with which models may have been trained. Otherwise floating-point samples count as 16-bit ones.
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`, `.notAudio`, `.truncated`, `.notFinite`, `.impossibleRate`.
  package init(path: String, asKurDid: Bool = false) throws(AudioError) {
    let source = try SourceFile(path: path)
    guard !AudioFile.isG722(source.formatName), let part = try SoundPart.parts(of: source).first
    else {
      let waveform = try AudioFile.read(path)
      self.init(
        samples: waveform.samples.map { (Double($0) * 32768).rounded() }, fullScale: 32768,
        sampleRate: waveform.sampleRate)
      return
    }
    var file = try SoundFile.open(part)
    let stored = try file.stored()
    guard !stored.isEmpty else { throw .empty(path: path) }
    let encoding = file.encoding
    let scale =
      switch encoding {
      case .int16, .other: 32768.0
      case .int32: 2_147_483_648.0
      case .uint8: 128.0
      case .float: asKurDid ? 1.0 : 32768.0
      }
    let offset = encoding == .uint8 && asKurDid ? 128.0 : 0
    let count = file.channelCount
    let samples = stride(from: 0, to: stored.count, by: count).map { start in
      let sum = stored[start..<start + count].reduce(0) { $0 + $1 * scale + offset }
      let mean = sum / Double(count)
      return switch encoding {
      case .int16, .int32, .uint8: mean.rounded(.towardZero)
      case .other: min(max(mean.rounded(), -32768), 32767)
      case .float: mean
      }
    }
    self.init(
      samples: samples,
      fullScale: encoding == .float && asKurDid ? 2_147_483_648 : scale,
      sampleRate: file.sampleRate)
  }
}
