import ParlaPlatform

/// Power spectrum to mel-frequency cepstral coefficients, as TensorFlow 1.15's `mfcc.cc` and `mfcc_dct.cc` compute them.
struct CepstralTransform: SpectrumTransform {
  /// The filter bank's channels: more coefficients than channels there cannot be.
  static let channelCount = 40

  /// The filter bank begins here, in hertz, and ends at half the sample rate.
  private static let lowerEdge = 20.0

  /// No channel counts as quieter than this before its logarithm is taken.
  private static let floor = 1e-12

  private let filterbank: MelFilterbank
  private let coefficientCount: Int

  /// sqrt(2/C) cos(i π/C (j + 1/2)), [coefficients, channels]; row 0 is scaled as the others are.
  private let cosines: [Double]

  /// The memory of one transform.
  private var sums = [Double](repeating: 0, count: channelCount + 2)

  init(coefficientCount: Int, binCount: Int, sampleRate: Int) {
    let count = Self.channelCount
    filterbank = MelFilterbank(
      channelCount: count, binCount: binCount, sampleRate: sampleRate,
      lowerEdge: Self.lowerEdge, upperEdge: Double(sampleRate) / 2)
    self.coefficientCount = coefficientCount
    let scale = (2 / Double(count)).squareRoot()
    cosines = (0..<coefficientCount * count).map { index in
      let (coefficient, channel) = index.quotientAndRemainder(dividingBy: count)
      return scale * cos(Double(coefficient) * .pi / Double(count) * (Double(channel) + 0.5))
    }
  }

  /// Appends the coefficients of one frame's `power` spectrum to `values`.
  mutating func append(_ power: [Float], to values: inout [Float]) {
    filterbank.sum(power, into: &sums)
    for channel in 1...Self.channelCount {
      sums[channel] = log(max(sums[channel], Self.floor))
    }
    for coefficient in 0..<coefficientCount {
      let row = coefficient * Self.channelCount
      var sum = 0.0
      for channel in 0..<Self.channelCount {
        sum += cosines[row + channel] * sums[channel + 1]
      }
      values.append(Float(sum))
    }
  }
}
