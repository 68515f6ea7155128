import ParlaPlatform

/// A function that a recurrent layer applies to its gates or its candidates, by Keras' name.
package enum CellFunction: String, Sendable, CaseIterable {
  case linear, relu, tanh, sigmoid, elu, softplus, softsign
  /// Keras' of slope 1/5; PyTorch's is 1/6.
  case hardSigmoid = "hard_sigmoid"

  /// Replaces each of `count` numbers by the function's value there.
  @unsafe package func apply(to x: UnsafeMutablePointer<Float>, count: Int) {
    switch self {
    case .linear: break
    case .relu: unsafe Self.replace(x, count) { ReLU.value($0) }
    case .tanh: unsafe Self.replace(x, count) { Tanh.value($0) }
    case .sigmoid: unsafe Self.replace(x, count) { Sigmoid.value($0) }
    case .elu: unsafe Self.replace(x, count) { ELU.value($0) }
    case .softplus: unsafe Self.replace(x, count) { Softplus.value($0) }
    case .softsign: unsafe Self.replace(x, count) { Softsign.value($0) }
    case .hardSigmoid: unsafe Self.replace(x, count) { KerasHardSigmoid.value($0) }
    }
  }

  /// Multiplies each of `count` gradients with the slope where the function's value is that of `y`.
  @unsafe package func multiplySlopes(
    at y: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch self {
    case .linear: break
    case .relu: unsafe Self.scale(gradient, y, count) { $0 > 0 ? 1 : 0 }
    case .tanh: unsafe Self.scale(gradient, y, count) { 1 - $0 * $0 }
    case .sigmoid: unsafe Self.scale(gradient, y, count) { $0 * (1 - $0) }
    case .elu: unsafe Self.scale(gradient, y, count) { $0 > 0 ? 1 : $0 + 1 }
    case .softplus: unsafe Self.scale(gradient, y, count) { 1 - exp(-$0) }
    case .softsign: unsafe Self.scale(gradient, y, count) { (1 - abs($0)) * (1 - abs($0)) }
    case .hardSigmoid: unsafe Self.scale(gradient, y, count) { $0 > 0 && $0 < 1 ? 0.2 : 0 }
    }
  }

  @inline(__always)
  private static func replace(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, _ body: (Float) -> Float
  ) {
    for index in 0..<count { unsafe x[index] = body(x[index]) }
  }

  @inline(__always)
  private static func scale(
    _ gradient: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int,
    _ slope: (Float) -> Float
  ) {
    for index in 0..<count { unsafe gradient[index] *= slope(y[index]) }
  }
}

/// The functions of a recurrent layer: of its gates, and of what they let through.
package struct CellFunctions: Sendable, Equatable {
  package var gate: CellFunction
  package var output: CellFunction

  /// One for the gates, and one for what they let through.
  package init(gate: CellFunction, output: CellFunction) {
    self.gate = gate
    self.output = output
  }
}
