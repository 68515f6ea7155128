import ParlaPlatform

/// The power spectrum of real signals of any length, in double precision.
///
/// Stockham's self-sorting algorithm with the length's own factors as radices (Swarztrauber 1982, "Vectorizing the FFTs");
/// a length that is prime takes as long as the plain sum. ``FourierTransform`` is faster where lengths are powers of two.
struct PowerSpectrum: Sendable {
  /// Samples of a signal, N.
  let length: Int

  /// Frequency bins, from 0 to half the sample rate.
  var binCount: Int { length / 2 + 1 }

  private let factors: [Int]

  /// cos(2πk/N) and -sin(2πk/N) for k < N.
  private let cosines: [Double]
  private let sines: [Double]

  /// Prepares spectra of signals with `length` samples.
  init(length: Int) {
    precondition(length > 0, "a signal")
    self.length = length
    let angles = (0..<length).map { 2 * Double.pi * Double($0) / Double(length) }
    cosines = angles.map { cos($0) }
    sines = angles.map { -sin($0) }
    var factors: [Int] = []
    var rest = length
    var factor = 2
    while rest > 1 {
      if factor * factor > rest { factor = rest }
      while rest % factor == 0 {
        factors.append(factor)
        rest /= factor
      }
      factor += 1
    }
    self.factors = factors
  }

  /// |X_k|² of `signal` for each bin; zeros fill it up.
  func power(of signal: some Collection<Double>) -> [Double] {
    precondition(signal.count <= length, "at most \(length) samples")
    var real = [Double](repeating: 0, count: length)
    var imaginary = real
    for (index, sample) in signal.enumerated() { real[index] = sample }
    var span = 1
    for radix in factors {
      (real, imaginary) = pass(real, imaginary, radix: radix, span: span)
      span *= radix
    }
    return (0..<binCount).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
  }

  /// Joins transforms of `span` points to those of `radix * span` points.
  ///
  /// Element (block, point) of the source is at block * span + point; the blocks of one sum are N / radix apart.
  private func pass(
    _ real: [Double], _ imaginary: [Double], radix: Int, span: Int
  ) -> (real: [Double], imaginary: [Double]) {
    let blockCount = length / (radix * span)
    var newReal = [Double](repeating: 0, count: length)
    var newImaginary = newReal
    let angleStep = length / (radix * span)
    for block in 0..<blockCount {
      for point in 0..<span {
        for output in 0..<radix {
          let place = output * span + point
          var sumReal = 0.0
          var sumImaginary = 0.0
          var angle = 0
          for input in 0..<radix {
            let source = (input * blockCount + block) * span + point
            sumReal += real[source] * cosines[angle] - imaginary[source] * sines[angle]
            sumImaginary += real[source] * sines[angle] + imaginary[source] * cosines[angle]
            angle += place * angleStep
            angle %= length
          }
          newReal[block * radix * span + place] = sumReal
          newImaginary[block * radix * span + place] = sumImaginary
        }
      }
    }
    return (newReal, newImaginary)
  }
}
