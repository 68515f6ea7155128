import CKernels

/// One step of each optimiser for one tensor of weights.
extension Compute {
  /// One step of Adam; `rate` is already corrected for bias.
  package func adam(
    _ weights: inout Tensor, gradient: Tensor, moment1: inout Tensor, moment2: inout Tensor,
    rate: Float, beta1: Float, beta2: Float, epsilon: Float
  ) {
    let count = self.count(weights, gradient, moment1, moment2)
    nonisolated(unsafe) let gradient = unsafe gradient.pointer
    nonisolated(unsafe) let (first, second) = unsafe (
      moment1.mutablePointer, moment2.mutablePointer
    )
    nonisolated(unsafe) let weights = unsafe weights.mutablePointer
    divide(count, grain: 4096) { range in
      let start = range.lowerBound
      unsafe parla_adam(
        range.count, rate, beta1, beta2, epsilon, gradient + start, first + start, second + start,
        weights + start)
    }
  }

  /// One step of gradient descent with momentum.
  package func momentum(
    _ weights: inout Tensor, gradient: Tensor, velocity: inout Tensor, rate: Float,
    momentum: Float, isNesterov: Bool
  ) {
    let count = self.count(weights, gradient, velocity)
    nonisolated(unsafe) let gradient = unsafe gradient.pointer
    nonisolated(unsafe) let velocity = unsafe velocity.mutablePointer
    nonisolated(unsafe) let weights = unsafe weights.mutablePointer
    divide(count, grain: 4096) { range in
      let start = range.lowerBound
      unsafe parla_momentum(
        range.count, rate, momentum, isNesterov ? 1 : 0, gradient + start, velocity + start,
        weights + start)
    }
  }

  /// One step of RMSprop.
  package func rmsprop(
    _ weights: inout Tensor, gradient: Tensor, meanSquare: inout Tensor, velocity: inout Tensor,
    rate: Float, decay: Float, epsilon: Float, momentum: Float
  ) {
    let count = self.count(weights, gradient, meanSquare, velocity)
    nonisolated(unsafe) let gradient = unsafe gradient.pointer
    nonisolated(unsafe) let (square, velocity) = unsafe (
      meanSquare.mutablePointer, velocity.mutablePointer
    )
    nonisolated(unsafe) let weights = unsafe weights.mutablePointer
    divide(count, grain: 4096) { range in
      let start = range.lowerBound
      unsafe parla_rmsprop(
        range.count, rate, decay, epsilon, momentum, gradient + start, square + start,
        velocity + start, weights + start)
    }
  }

  /// One step of Adadelta.
  package func adadelta(
    _ weights: inout Tensor, gradient: Tensor, meanSquare: inout Tensor,
    meanSquareStep: inout Tensor, rate: Float, decay: Float, epsilon: Float
  ) {
    let count = self.count(weights, gradient, meanSquare, meanSquareStep)
    nonisolated(unsafe) let gradient = unsafe gradient.pointer
    nonisolated(unsafe) let (square, step) = unsafe (
      meanSquare.mutablePointer, meanSquareStep.mutablePointer
    )
    nonisolated(unsafe) let weights = unsafe weights.mutablePointer
    divide(count, grain: 4096) { range in
      let start = range.lowerBound
      unsafe parla_adadelta(
        range.count, rate, decay, epsilon, gradient + start, square + start, step + start,
        weights + start)
    }
  }

  /// Sum of the squares of `x`.
  package func sumOfSquares(_ x: Tensor) -> Double {
    unsafe parla_sum_of_squares(x.count, x.pointer)
  }

  /// Multiplies all of `x` by `factor`.
  package func scale(_ x: inout Tensor, by factor: Float) {
    let count = x.count
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(count, grain: 4096) { range in
      unsafe parla_scale(range.count, factor, x + range.lowerBound)
    }
  }

  /// How many numbers each of `tensors` has.
  private func count(_ tensors: Tensor...) -> Int {
    let count = tensors[0].count
    precondition(tensors.allSatisfy { $0.count == count }, "tensors of one size")
    return count
  }
}
