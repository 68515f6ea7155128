package import ParlaCPU
import Testing

/// A way of multiplying matrices that this machine can go.
package struct Arithmetic: Sendable, CustomTestStringConvertible {
  /// The instructions.
  package let path: KernelPath
  /// What operands are rounded to.
  package let precision: Precision

  /// All that the machine has, in both precisions.
  package static let all = KernelPath.allCases.filter(\.isAvailable).flatMap { path in
    Precision.allCases.map { Arithmetic(path: path, precision: $0) }
  }

  /// Those that round nothing.
  package static let exact = all.filter { $0.precision == .float32 }
  /// Those that round to 8 bits.
  package static let rounded = all.filter { $0.precision == .bfloat16 }

  /// Distinguishes tests.
  package var testDescription: String { "\(path.rawValue), \(precision.rawValue)" }

  /// The compute that goes that way.
  package func compute(threadCount: Int) -> Compute {
    Compute(threadCount: threadCount, precision: precision, path: path)
  }

  /// `x` as an operand: rounded to the nearest bfloat16, ties to even, where that is the precision.
  package func operand(_ x: Float) -> Double {
    guard precision == .bfloat16 else { return Double(x) }
    let upper = x.bitPattern + 0x7fff + (x.bitPattern >> 16) & 1
    return Double(Float(bitPattern: upper & 0xffff_0000))
  }
}

/// The length of a difference in relation to what is expected.
package func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
  precondition(found.shape == expected.shape, "tensors of one shape")
  var (difference, length) = (0.0, 0.0)
  for index in 0..<found.count {
    let error = Double(found[index]) - Double(expected[index])
    difference += error * error
    length += Double(expected[index]) * Double(expected[index])
  }
  return (difference / max(length, 1e-30)).squareRoot()
}
