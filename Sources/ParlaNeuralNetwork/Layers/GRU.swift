package import ParlaDescriptions

/// A recurrent layer that mixes its state with its input by two gates.
///
/// Cho et al. 2014, with the reset gate after the recurrent product as in PyTorch and cuDNN. Gates are stored in the order
/// reset, update, candidate; the two biases of reset and update are one, the candidate's recurrent one is separate.
package struct GRU: RecurrentLayer {
  package static let kind = "gru"
  static let gateCount = 3

  package let name: String
  package let output: FrameShape
  let inputCount: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
  }

  /// Gates, outputs and what the input adds to the gates.
  package var memory: MemoryNeed { MemoryNeed(kept: 5 * unitCount, working: 8 * unitCount) }

  package var parameters: [ParameterSpecification] {
    sharedParameters + [
      ParameterSpecification(
        name: "\(name).recurrent_bias", shape: [unitCount], initializer: .zeros)
    ]
  }

  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun {
    let (gates, outputs) = pass.compute.gruForward(
      sums, recurrent: weights.matrix(1), recurrentBias: weights[3], initial: states[0],
      lengths: lengths)
    return RecurrentRun(outputs: outputs, kept: [gates]) {
      [outputs.frame(before: lengths, otherwise: states[0])]
    }
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (lengths, tensors) = (saved.lengths, saved.tensors)
    // Taken out of the list: two of its tensors are written at once.
    var (recurrentGradient, biasGradient) = (Tensor(unwritten: [0]), Tensor(unwritten: [0]))
    swap(&recurrentGradient, &gradients[1])
    swap(&biasGradient, &gradients[3])
    let sums = pass.compute.gruBackward(
      gradient, gates: tensors[1], outputs: tensors[2], recurrent: weights[1], lengths: lengths,
      recurrentGradient: &recurrentGradient, biasGradient: &biasGradient)
    (gradients[1], gradients[3]) = (recurrentGradient, biasGradient)
    return [pass.compute.inputGradient(sums, tensors[0], weights[0], wanted[0], &gradients)]
  }
}
