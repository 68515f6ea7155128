import CKernels

/// The functions that a layer applies number by number and that have kernels.
package enum ActivationKernel: Sendable {
  case relu, sigmoid, tanh, silu, gelu

  fileprivate var code: parla_activation {
    switch self {
    case .relu: PARLA_RELU
    case .sigmoid: PARLA_SIGMOID
    case .tanh: PARLA_TANH
    case .silu: PARLA_SILU
    case .gelu: PARLA_GELU
    }
  }
}

extension Compute {
  /// Each number of `x` as the function makes it.
  package func activated(_ x: Tensor, by kernel: ActivationKernel) -> Tensor {
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, result.mutablePointer)
    divide(x.count, grain: 4096) { range in
      unsafe parla_activate(
        kernel.code, range.count, source + range.lowerBound, target + range.lowerBound)
    }
    return result
  }

  /// Makes each number of `x` what the function makes of it.
  package func activate(_ x: inout Tensor, by kernel: ActivationKernel) {
    nonisolated(unsafe) let target = unsafe x.mutablePointer
    divide(x.count, grain: 4096) { range in
      unsafe parla_activate_in_place(kernel.code, range.count, target + range.lowerBound)
    }
  }

  /// Multiplies each number of `gradient` by the function's slope at that of `x`.
  package func activationGradient(
    _ gradient: inout Tensor, at x: Tensor, by kernel: ActivationKernel
  ) {
    precondition(gradient.count == x.count, "a gradient for each number")
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, gradient.mutablePointer)
    divide(x.count, grain: 4096) { range in
      unsafe parla_activation_gradient(
        kernel.code, range.count, source + range.lowerBound, target + range.lowerBound)
    }
  }

  /// The first halves of rows of 2 `half` numbers, each number times the sigmoid of one of the second half.
  package func glu(_ x: Tensor, half: Int, shape: [Int]) -> Tensor {
    var result = Tensor(unwritten: shape)
    nonisolated(unsafe) let (x, y) = unsafe (x.pointer, result.mutablePointer)
    divide(result.count / half, grain: 16) { rows in
      unsafe parla_glu(
        rows.count, half, x + 2 * rows.lowerBound * half, y + rows.lowerBound * half)
    }
    return result
  }

  /// The way back of `glu`.
  package func gluGradient(_ gradient: Tensor, _ x: Tensor, half: Int) -> Tensor {
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (x, g) = unsafe (x.pointer, gradient.pointer)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    divide(gradient.count / half, grain: 16) { rows in
      let place = 2 * rows.lowerBound * half
      unsafe parla_glu_gradient(
        rows.count, half, x + place, g + rows.lowerBound * half, target + place)
    }
    return result
  }
}
