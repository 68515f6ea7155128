import Foundation

/// Power spectrum to mel-frequency cepstral coefficients, as TensorFlow 1.15's `mfcc.cc` and `mfcc_dct.cc` compute them.
struct CepstralTransform: Sendable {
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

  /// The memory of one transform, which a caller keeps for the next.
  struct Workspace {
    fileprivate var sums = [Double](repeating: 0, count: CepstralTransform.channelCount + 2)
  }

  /// Appends the coefficients of one frame's `power` spectrum to `values`.
  func append(_ power: [Float], to values: inout [Float], workspace: inout Workspace) {
    filterbank.sum(power, into: &workspace.sums)
    for channel in 1...Self.channelCount {
      workspace.sums[channel] = log(max(workspace.sums[channel], Self.floor))
    }
    for coefficient in 0..<coefficientCount {
      let row = coefficient * Self.channelCount
      var sum = 0.0
      for channel in 0..<Self.channelCount {
        sum += cosines[row + channel] * workspace.sums[channel + 1]
      }
      values.append(Float(sum))
    }
  }
}
