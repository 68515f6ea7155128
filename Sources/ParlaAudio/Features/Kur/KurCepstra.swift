import ParlaPlatform

/// Mel-frequency cepstral coefficients as python_speech_features 0.5 computes them, which Kur used.
///
/// Windows of 25 ms every 10 ms, their first 512 samples; 26 triangles on the mel scale, the last window filled with zeros. The
/// first coefficient is the logarithm of the window's energy.
struct KurCepstra {
  static let coefficientCount = 13
  private static let channelCount = 26
  private static let fourierLength = 512
  private static let preemphasis = 0.97
  private static let lifter = 22.0

  /// Samples of a window.
  let windowLength: Int
  /// Samples between the starts of windows.
  let stepLength: Int
  private let spectrum = PowerSpectrum(length: fourierLength)
  /// The weight of each bin in each channel, [channels][bins].
  private let triangles: [[Double]]
  /// The rows of the cosine transform with the lifter's factors, [coefficients][channels].
  private let cosines: [[Double]]

  init(sampleRate: Int, _ highestFrequency: Double?) {
    let rate = Double(sampleRate)
    // Halves are rounded up, as Decimal's ROUND_HALF_UP does.
    windowLength = max(1, Int((0.025 * rate).rounded(.toNearestOrAwayFromZero)))
    stepLength = max(1, Int((0.01 * rate).rounded(.toNearestOrAwayFromZero)))
    triangles = Self.triangles(rate: rate, highest: min(highestFrequency ?? rate / 2, rate / 2))
    let count = Double(Self.channelCount)
    cosines = (0..<Self.coefficientCount).map { coefficient in
      let scale = coefficient == 0 ? (1 / count).squareRoot() : (2 / count).squareRoot()
      let lift = 1 + Self.lifter / 2 * sin(.pi * Double(coefficient) / Self.lifter)
      return (0..<Self.channelCount).map { channel in
        scale * lift * cos(.pi * Double(coefficient) * (2 * Double(channel) + 1) / (2 * count))
      }
    }
  }

  func frames(of sound: StoredSound) -> [[Double]] {
    let emphasised = Self.emphasised([0] + sound.samples)
    let rest = emphasised.count - windowLength
    let frameCount = rest <= 0 ? 1 : 1 + (rest + stepLength - 1) / stepLength
    return (0..<frameCount).map { frame in
      let start = frame * stepLength
      let end = min(start + min(windowLength, Self.fourierLength), emphasised.count)
      return coefficients(spectrum.power(of: emphasised[min(start, end)..<end]))
    }
  }

  /// The coefficients of a window that follows the first of `samples`.
  func coefficients(of samples: [Double]) -> [Double] {
    let emphasised = Self.emphasised(samples)
    return coefficients(spectrum.power(of: emphasised.prefix(Self.fourierLength)))
  }

  /// Each sample but the first, less a part of the one before it.
  private static func emphasised(_ samples: [Double]) -> [Double] {
    zip(samples.dropFirst(), samples).map { sample, before in sample - preemphasis * before }
  }

  private func coefficients(_ power: [Double]) -> [Double] {
    let power = power.map { $0 / Double(Self.fourierLength) }
    let energy = Self.logarithm(power.reduce(0, +))
    let channels = triangles.map { triangle in
      Self.logarithm(zip(triangle, power).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return cosines.enumerated().map { index, row in
      index == 0 ? energy : zip(row, channels).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  /// Nothing counts as the smallest difference between numbers near 1, so that it has a logarithm.
  private static func logarithm(_ value: Double) -> Double { log(value == 0 ? .ulpOfOne : value) }

  private static func triangles(rate: Double, highest: Double) -> [[Double]] {
    let top = 2595 * log10(1 + highest / 700)
    let edges = (0..<channelCount + 2).map { index in
      let mel = top * Double(index) / Double(channelCount + 1)
      return Int(Double(fourierLength + 1) * (700 * (pow(10, mel / 2595) - 1)) / rate)
    }
    return (0..<channelCount).map { channel in
      var triangle = [Double](repeating: 0, count: fourierLength / 2 + 1)
      let (first, middle, last) = (edges[channel], edges[channel + 1], edges[channel + 2])
      for bin in first..<middle { triangle[bin] = Double(bin - first) / Double(middle - first) }
      for bin in middle..<last { triangle[bin] = Double(last - bin) / Double(last - middle) }
      return triangle
    }
  }
}
