/// Decodes G.722 sub-band ADPCM at 64 kbit/s to 16-bit samples at 16 kHz.
///
/// Recommendation ITU-T G.722 (09/2012), clause 6, mode 1: each byte holds six bits of the lower band (0 to 4 kHz) and two
/// of the higher one. The blocks below bear the recommendation's names; all arithmetic is its integer arithmetic.
struct G722Decoder {
  /// Samples a second of what is decoded, in hertz.
  static let sampleRate = 16000

  private var lower = AdaptivePredictor(scale: 32)
  private var higher = AdaptivePredictor(scale: 8)
  private var synthesis = QuadratureMirrorSynthesis()

  /// Decodes the next bytes of a recording, two samples in [-1, 1] for each.
  mutating func decode(_ bytes: [UInt8]) -> [Float] {
    var samples: [Float] = []
    samples.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      let (first, second) = decode(byte)
      samples.append(Float(first) / 32768)
      samples.append(Float(second) / 32768)
    }
    return samples
  }

  private mutating func decode(_ byte: UInt8) -> (Int16, Int16) {
    let low = decodeLowerBand(Int(byte & 0x3F))
    let high = decodeHigherBand(Int(byte >> 6))
    return synthesis.join(low: low, high: high)
  }

  /// Six-bit output (INVQBL, RECONS, LIMIT), four-bit adaptation (INVQAL, LOGSCL, SCALEL).
  private mutating func decodeLowerBand(_ code: Int) -> Int {
    let output = lower.signal + (lower.scale * Tables.lowerOutput[code]) >> 15
    let coarse = code >> 2
    let difference = (lower.scale * Tables.lowerAdaptation[coarse]) >> 15
    lower.adaptScale(by: Tables.lowerScaleStep[coarse], limit: 18432, shift: 8)
    lower.update(difference)
    return min(max(output, -16384), 16383)
  }

  /// Two-bit output and adaptation (INVQAH, RECONS, LIMIT, LOGSCH, SCALEH).
  private mutating func decodeHigherBand(_ code: Int) -> Int {
    let difference = (higher.scale * Tables.higher[code]) >> 15
    let output = higher.signal + difference
    higher.adaptScale(by: Tables.higherScaleStep[code], limit: 22528, shift: 10)
    higher.update(difference)
    return min(max(output, -16384), 16383)
  }
}

/// A file of G.722 that is decoded piece by piece.
struct G722File {
  private var decoder = G722Decoder()
  private let source: SourceFile
  private var offset = 0

  init(_ source: SourceFile) { self.source = source }

  /// The next samples; none at the end.
  ///
  /// - Throws: `AudioError.unreadable`.
  mutating func next() throws(AudioError) -> [Float] {
    let bytes = try source.bytes(at: offset, count: 1 << 12)
    offset += bytes.count
    return decoder.decode(bytes)
  }
}

/// One band's memory: quantiser scale and the adaptive predictor of two poles and six zeros.
private struct AdaptivePredictor {
  /// Predicted signal (S).
  private(set) var signal = 0
  /// Quantiser scale (DET).
  private(set) var scale: Int

  private var logScale = 0
  private var zeroSignal = 0
  private var reconstructed = 0
  private var partial = (0, 0)
  private var poles = (0, 0)
  private var zeros = [Int](repeating: 0, count: 6)
  private var differences = [Int](repeating: 0, count: 6)

  init(scale: Int) { self.scale = scale }

  /// LOGSCL and SCALEL, or LOGSCH and SCALEH.
  mutating func adaptScale(by step: Int, limit: Int, shift: Int) {
    logScale = min(max((logScale * 127) >> 7 + step, 0), limit)
    let mantissa = Tables.inverseLog[(logScale >> 6) & 31]
    let exponent = shift - logScale >> 11
    scale = (exponent < 0 ? mantissa << -exponent : mantissa >> exponent) << 2
  }

  /// Block 4: adapts the predictor to the quantised difference signal and predicts the next sample.
  mutating func update(_ difference: Int) {
    let newPartial = saturated(zeroSignal + difference)  // PARREC
    let newReconstructed = saturated(signal + difference)  // RECONS
    adaptPoles(newPartial)
    adaptZeros(difference)
    partial = (newPartial, partial.0)
    let poleSignal = saturated(
      (poles.0 * saturated(2 * newReconstructed)) >> 15
        + (poles.1 * saturated(2 * reconstructed)) >> 15)  // FILTEP
    reconstructed = newReconstructed
    zeroSignal = 0
    for index in 0..<6 {  // FILTEZ
      zeroSignal += (zeros[index] * saturated(2 * differences[index])) >> 15
    }
    zeroSignal = saturated(zeroSignal)
    signal = saturated(poleSignal + zeroSignal)  // PREDIC
  }

  /// UPPOL2 and UPPOL1.
  private mutating func adaptPoles(_ newPartial: Int) {
    let isSameAsLast = (newPartial < 0) == (partial.0 < 0)
    let isSameAsSecondLast = (newPartial < 0) == (partial.1 < 0)
    let first = saturated(4 * poles.0)
    let cross = min(isSameAsLast ? -first : first, 32767) >> 7
    let second = (isSameAsSecondLast ? 128 : -128) + cross + (poles.1 * 32512) >> 15
    poles.1 = min(max(second, -12288), 12288)
    let bound = 15360 - poles.1
    let moved = (isSameAsLast ? 192 : -192) + (poles.0 * 32640) >> 15
    poles.0 = min(max(moved, -bound), bound)
  }

  /// UPZERO and the delay line of differences.
  private mutating func adaptZeros(_ difference: Int) {
    let step = difference == 0 ? 0 : 128
    for index in 0..<6 {
      let isSame = (differences[index] < 0) == (difference < 0)
      zeros[index] = saturated((zeros[index] * 32640) >> 15 + (isSame ? step : -step))
    }
    for index in (1..<6).reversed() { differences[index] = differences[index - 1] }
    differences[0] = difference
  }
}

/// Joins the two bands' samples to two output samples (RECA, RECB, ACCUMC, ACCUMD).
private struct QuadratureMirrorSynthesis {
  private var sums = [Int](repeating: 0, count: 12)
  private var differences = [Int](repeating: 0, count: 12)

  mutating func join(low: Int, high: Int) -> (Int16, Int16) {
    for index in (1..<12).reversed() {
      sums[index] = sums[index - 1]
      differences[index] = differences[index - 1]
    }
    differences[0] = low - high
    sums[0] = low + high
    var first = 0
    var second = 0
    for index in 0..<12 {
      first += differences[index] * Tables.mirrorFilter[index]
      second += sums[index] * Tables.mirrorFilter[11 - index]
    }
    return (Int16(saturated(first >> 11)), Int16(saturated(second >> 11)))
  }
}

private func saturated(_ value: Int) -> Int { min(max(value, -32768), 32767) }

/// The recommendation's constants, with its names.
private enum Tables {
  /// QM6.
  static let lowerOutput = mirrored(
    start: [-136, -136, -136, -136],
    middle: [
      24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576,
      6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728,
    ],
    end: [432, 136, -432, -136])

  /// QM4.
  static let lowerAdaptation = mirrored(
    start: [0], middle: [20456, 12896, 8968, 6288, 4240, 2584, 1200], end: [0])

  /// WL, by the four-bit code through RL42.
  static let lowerScaleStep = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
  ]

  /// QM2.
  static let higher = [-7408, -1616, 7408, 1616]

  /// WH, by the two-bit code through RH2.
  static let higherScaleStep = [798, -214, 798, -214]

  /// ILB.
  static let inverseLog = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
  ]

  /// H, the even coefficients; the odd ones are the same in reverse.
  static let mirrorFilter = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11]

  private static func mirrored(start: [Int], middle: [Int], end: [Int]) -> [Int] {
    start + middle.map { -$0 } + middle + end
  }
}
