import Testing

@testable import ParlaNeuralNetwork

/// A way of multiplying matrices that this machine can go.
struct Arithmetic: Sendable, CustomTestStringConvertible {
  let path: KernelPath
  let precision: Precision

  /// All that the machine has, in both precisions.
  static let all = KernelPath.allCases.filter(\.isAvailable).flatMap { path in
    Precision.allCases.map { Arithmetic(path: path, precision: $0) }
  }

  static let exact = all.filter { $0.precision == .float32 }
  static let rounded = all.filter { $0.precision == .bfloat16 }

  var testDescription: String { "\(path.rawValue), \(precision.rawValue)" }

  func compute(threadCount: Int) -> Compute {
    Compute(threadCount: threadCount, precision: precision, path: path)
  }

  /// `x` as an operand: rounded to the nearest bfloat16, ties to even, where that is the precision.
  func operand(_ x: Float) -> Double {
    guard precision == .bfloat16 else { return Double(x) }
    let upper = x.bitPattern + 0x7fff + (x.bitPattern >> 16) & 1
    return Double(Float(bitPattern: upper & 0xffff_0000))
  }
}

/// The length of a difference in relation to what is expected.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
  precondition(found.shape == expected.shape, "tensors of one shape")
  var (difference, length) = (0.0, 0.0)
  for index in 0..<found.count {
    let error = Double(found[index]) - Double(expected[index])
    difference += error * error
    length += Double(expected[index]) * Double(expected[index])
  }
  return (difference / max(length, 1e-30)).squareRoot()
}
