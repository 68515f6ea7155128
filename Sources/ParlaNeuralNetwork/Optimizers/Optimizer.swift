/// Moves weights along their gradients, and remembers what its method needs for that.
package struct Optimizer: Sendable, Equatable {
  /// How gradients become steps.
  package let method: OptimizationMethod

  /// The content of the first of the method's `slotNames`: one tensor for each parameter.
  private var first: Parameters

  /// The second one; of no parameters where the method has only one.
  private var second: Parameters

  /// How many steps each parameter has taken; a frozen one takes none.
  package private(set) var stepCounts: [Int]

  /// An optimiser of the parameters that `specifications` describe, before its first step.
  package init(_ method: OptimizationMethod, for specifications: [ParameterSpecification]) {
    self.method = method
    first = Parameters(zerosFor: specifications)
    second = Parameters(zerosFor: method.slotNames.count > 1 ? specifications : [])
    stepCounts = specifications.map { _ in 0 }
  }

  /// Its state, with the names that checkpoints use.
  package var slots: [(name: String, parameters: Parameters)] {
    zip(method.slotNames, [first, second]).map { (name: $0, parameters: $1) }
  }

  /// Continues with another run's state.
  ///
  /// - Returns: false, with nothing changed, if the state is from another method or for other parameters.
  @discardableResult
  package mutating func restore(
    _ slots: [(name: String, parameters: Parameters)], stepCounts: [Int]
  ) -> Bool {
    guard slots.map(\.name) == method.slotNames, stepCounts.count == self.stepCounts.count,
      slots.allSatisfy({
        $0.parameters.specifications.map(\.shape) == first.specifications.map(\.shape)
      })
    else { return false }
    first = slots[0].parameters
    if slots.count > 1 { second = slots[1].parameters }
    self.stepCounts = stepCounts
    return true
  }

  /// Moves all parameters against `gradients`.
  package mutating func update(
    _ parameters: inout Parameters, along gradients: Parameters, learningRate: Float,
    compute: Compute
  ) {
    update(
      &parameters, along: gradients,
      learningRates: Array(repeating: learningRate, count: parameters.tensors.count),
      compute: compute)
  }

  /// Moves each of the parameters against its gradient at a rate of its own; where that is 0 nothing changes.
  package mutating func update(
    _ parameters: inout Parameters, along gradients: Parameters, learningRates: [Float],
    compute: Compute
  ) {
    precondition(learningRates.count == parameters.tensors.count, "a rate for each parameter")
    for index in parameters.tensors.indices where learningRates[index] != 0 {
      stepCounts[index] += 1
      step(
        &parameters.tensors[index], gradients.tensors[index], parameter: index,
        rate: learningRates[index], compute)
    }
  }

  private mutating func step(
    _ weights: inout Tensor, _ gradient: Tensor, parameter index: Int, rate: Float,
    _ compute: Compute
  ) {
    // Taken out and put back: what two hold is copied when it is written.
    var slots = OptimizerSlots(first: Tensor(unwritten: [0]), second: Tensor(unwritten: [0]))
    let hasSecond = !second.tensors.isEmpty
    swap(&slots.first, &first.tensors[index])
    if hasSecond { swap(&slots.second, &second.tensors[index]) }
    method.rule.step(
      &weights, gradient, &slots, OptimizerStep(rate: rate, count: stepCounts[index]), compute)
    swap(&slots.first, &first.tensors[index])
    if hasSecond { swap(&slots.second, &second.tensors[index]) }
  }
}
