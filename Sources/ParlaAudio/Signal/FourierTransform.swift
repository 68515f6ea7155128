import Foundation

/// The discrete Fourier transform of real signals whose length is a power of two.
///
/// Neighbouring samples are taken as real and imaginary parts of a complex signal of half the length, whose transform is
/// then split (Sorensen et al. 1987, "Real-valued fast Fourier transform algorithms", section II).
struct FourierTransform: Sendable {
  /// How many samples are transformed.
  let length: Int

  /// cos and sin of -2πk / length, for k below half the length.
  private let cosines: [Double]
  private let sines: [Double]
  /// Where each complex sample goes before the first stage.
  private let reversed: [Int]

  /// Prepares transforms of `length` samples, a power of two from 4 on.
  init(length: Int) {
    precondition(length >= 4 && length & (length - 1) == 0, "a power of two")
    self.length = length
    let half = length / 2
    cosines = (0..<half).map { cos(-2 * .pi * Double($0) / Double(length)) }
    sines = (0..<half).map { sin(-2 * .pi * Double($0) / Double(length)) }
    let bits = half.trailingZeroBitCount
    reversed = (0..<half).map { index in
      (0..<bits).reduce(0) { $0 | ((index >> $1) & 1) << (bits - 1 - $1) }
    }
  }

  /// Room for the intermediate results of one transform.
  struct Workspace {
    fileprivate var real: [Double]
    fileprivate var imaginary: [Double]
  }

  /// Room for `power(of:into:_:)`; one for each thread.
  func makeWorkspace() -> Workspace {
    let zeros = [Double](repeating: 0, count: length / 2)
    return Workspace(real: zeros, imaginary: zeros)
  }

  /// Writes the squared magnitude of each frequency of `signal`, from 0 to half the length, to `power`.
  func power(of signal: [Double], into power: inout [Float], _ workspace: inout Workspace) {
    precondition(signal.count == length && power.count == length / 2 + 1, "lengths fit")
    let half = length / 2
    unsafe signal.withUnsafeBufferPointer { signal in
      unsafe workspace.real.withUnsafeMutableBufferPointer { real in
        unsafe workspace.imaginary.withUnsafeMutableBufferPointer { imaginary in
          for index in 0..<half {
            let source = 2 * reversed[index]
            unsafe real[index] = signal[source]
            unsafe imaginary[index] = signal[source + 1]
          }
          unsafe transform(real, imaginary)
          unsafe power.withUnsafeMutableBufferPointer { power in
            unsafe split(real, imaginary, into: power)
          }
        }
      }
    }
  }

  /// Radix-2 decimation in time of half the length, in place, of samples in reversed order.
  private func transform(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>
  ) {
    let half = length / 2
    unsafe cosines.withUnsafeBufferPointer { cosines in
      unsafe sines.withUnsafeBufferPointer { sines in
        var span = 1
        while span < half {
          let step = length / (2 * span)
          for start in stride(from: 0, to: half, by: 2 * span) {
            for k in 0..<span {
              let (a, b) = (start + k, start + k + span)
              let (c, s) = unsafe (cosines[k * step], sines[k * step])
              let x = unsafe real[b] * c - imaginary[b] * s
              let y = unsafe real[b] * s + imaginary[b] * c
              unsafe real[b] = real[a] - x
              unsafe imaginary[b] = imaginary[a] - y
              unsafe real[a] += x
              unsafe imaginary[a] += y
            }
          }
          span *= 2
        }
      }
    }
  }

  /// The power of the real signal's frequencies from the transform of its halves.
  private func split(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>,
    into power: UnsafeMutableBufferPointer<Float>
  ) {
    let half = length / 2
    let (first, last) = unsafe (real[0] + imaginary[0], real[0] - imaginary[0])
    unsafe power[0] = Float(first * first)
    unsafe power[half] = Float(last * last)
    for k in 1..<half {
      let j = half - k
      // Even samples' transform e, odd samples' o: X = e + exp(-2πik / length) o.
      let (er, ei) = unsafe ((real[k] + real[j]) / 2, (imaginary[k] - imaginary[j]) / 2)
      let (or, oi) = unsafe ((imaginary[k] + imaginary[j]) / 2, (real[j] - real[k]) / 2)
      let x = er + cosines[k] * or - sines[k] * oi
      let y = ei + cosines[k] * oi + sines[k] * or
      unsafe power[k] = Float(x * x + y * y)
    }
  }
}
