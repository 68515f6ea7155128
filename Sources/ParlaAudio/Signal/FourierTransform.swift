import ParlaPlatform

/// The power spectrum of real signals whose length is a power of two.
///
/// A real signal of N samples is packed into N/2 complex numbers (even samples real, odd samples imaginary), which are
/// transformed by Stockham's self-sorting radix-2 algorithm and then untangled (Press et al., "Numerical Recipes",
/// section 12.3). Double precision throughout, as in TensorFlow 1.15's `spectrogram.cc`.
struct FourierTransform: Sendable {
  /// Samples of a signal, N.
  let length: Int

  /// Frequency bins of a spectrum, from 0 to half the sample rate.
  var binCount: Int { length / 2 + 1 }

  /// cos(2πk/N) and -sin(2πk/N) for k < N/2.
  private let cosines: [Double]
  private let sines: [Double]

  /// The memory of one transform, which a caller keeps for the next.
  struct Workspace {
    /// The signal's even samples, then its odd ones, then room for as many results.
    fileprivate var numbers: [Double]

    /// |X_k|² of the last signal, one number for each bin.
    fileprivate(set) var power: [Float]

    /// Sets samples 2n and 2n+1 of the signal.
    @inline(__always)
    mutating func setPair(_ index: Int, _ even: Double, _ odd: Double) {
      numbers[index] = even
      numbers[index + numbers.count / 4] = odd
    }
  }

  /// Prepares transforms of `length` samples, a power of two from 4 on.
  init(length: Int) {
    precondition(length >= 4 && length & (length - 1) == 0, "a power of two")
    self.length = length
    let angles = (0..<length / 2).map { 2 * Double.pi * Double($0) / Double(length) }
    cosines = angles.map { cos($0) }
    sines = angles.map { -sin($0) }
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      numbers: [Double](repeating: 0, count: 2 * length),
      power: [Float](repeating: 0, count: binCount))
  }

  /// Replaces the signal in `workspace` by its power spectrum.
  func transform(_ workspace: inout Workspace) {
    unsafe workspace.numbers.withUnsafeMutableBufferPointer { numbers in
      unsafe cosines.withUnsafeBufferPointer { cosines in
        unsafe sines.withUnsafeBufferPointer { sines in
          guard let numbers = numbers.baseAddress, let cosines = cosines.baseAddress,
            let sines = sines.baseAddress
          else { return }
          let result = unsafe transformPairs(numbers, cosines, sines)
          unsafe untangle(result, cosines, sines, into: &workspace.power)
        }
      }
    }
  }
}

/// The kernels. `numbers` holds four rows of N/2: real and imaginary parts of the source, then of the target.
extension FourierTransform {
  /// Stockham's algorithm: log2(N/2) passes from source to target, which then change places.
  ///
  /// A pass takes transforms of `count` points at stride `stride` to two of `count / 2` points at twice the stride.
  private func transformPairs(
    _ numbers: UnsafeMutablePointer<Double>, _ cosines: UnsafePointer<Double>,
    _ sines: UnsafePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let row = length / 2
    var source = unsafe numbers
    var target = unsafe numbers + 2 * row
    var count = row
    var stride = 1
    while count > 1 {
      let half = count / 2
      let angleStep = length / count
      for point in 0..<half {
        // e^(-2πi point / count)
        let cosine = unsafe cosines[point * angleStep]
        let sine = unsafe sines[point * angleStep]
        let first = unsafe source + stride * point
        let second = unsafe first + stride * half
        let sum = unsafe target + stride * 2 * point
        let difference = unsafe sum + stride
        for offset in 0..<stride {
          let firstReal = unsafe first[offset]
          let firstImaginary = unsafe first[offset + row]
          let secondReal = unsafe second[offset]
          let secondImaginary = unsafe second[offset + row]
          unsafe sum[offset] = firstReal + secondReal
          unsafe sum[offset + row] = firstImaginary + secondImaginary
          let real = firstReal - secondReal
          let imaginary = firstImaginary - secondImaginary
          unsafe difference[offset] = real * cosine - imaginary * sine
          unsafe difference[offset + row] = real * sine + imaginary * cosine
        }
      }
      unsafe swap(&source, &target)
      count = half
      stride *= 2
    }
    return unsafe source
  }

  /// |X_k|² with X_k = (Z_k + Z*_(M-k)) / 2 - i e^(-2πik/N) (Z_k - Z*_(M-k)) / 2, M = N/2.
  private func untangle(
    _ pairs: UnsafeMutablePointer<Double>, _ cosines: UnsafePointer<Double>,
    _ sines: UnsafePointer<Double>, into power: inout [Float]
  ) {
    let row = length / 2
    let edgeSum = unsafe pairs[0] + pairs[row]
    let edgeDifference = unsafe pairs[0] - pairs[row]
    power[0] = Float(edgeSum * edgeSum)
    power[row] = Float(edgeDifference * edgeDifference)
    for bin in 1..<row {
      let evenReal = unsafe pairs[bin] + pairs[row - bin]
      let evenImaginary = unsafe pairs[bin + row] - pairs[2 * row - bin]
      let oddReal = unsafe pairs[bin + row] + pairs[2 * row - bin]
      let oddImaginary = unsafe pairs[row - bin] - pairs[bin]
      let cosine = unsafe cosines[bin]
      let sine = unsafe sines[bin]
      let real = 0.5 * (evenReal + oddReal * cosine - oddImaginary * sine)
      let imaginary = 0.5 * (evenImaginary + oddReal * sine + oddImaginary * cosine)
      power[bin] = Float(real * real + imaginary * imaginary)
    }
  }
}
