package import ParlaDescriptions

/// A recurrent layer that mixes its state with its input by two gates.
///
/// Cho et al. 2014, with the reset gate after the recurrent product as in PyTorch and cuDNN. Gates are stored in the order
/// reset, update, candidate; the two biases of reset and update are one, the candidate's recurrent one stands apart.
package struct GRU: Layer {
  package static let kind = "gru"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

  package let name: String
  package let output: FrameShape
  let inputCount: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    self.init(place, size: try fields.integer("size", "a layer's size"))
  }

  /// A layer from the frame's features to `size` units.
  package init(_ place: LayerPlace, size: Int) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(size)
  }

  private var unitCount: Int { output.count }

  package var summary: String { "gru \(name), \(unitCount)" }

  /// Gates, outputs and what the input adds to the gates.
  package var memory: MemoryNeed { MemoryNeed(kept: 5 * unitCount, working: 8 * unitCount) }

  package var parameters: [ParameterSpecification] {
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputCount + unitCount, fanOut: 3 * unitCount)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [3 * unitCount, inputCount],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [3 * unitCount, unitCount],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [3 * unitCount], initializer: .zeros),
      ParameterSpecification(
        name: "\(name).recurrent_bias", shape: [unitCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let (gates, outputs) = run(
      input, weights, pass, initial: Tensor(shape: [input.count, unitCount]))
    return LayerOutput(
      Sequences(outputs, lengths: input.lengths),
      saved: Saved([input.values, gates, outputs], lengths: input.lengths))
  }

  private func run(
    _ input: Sequences, _ weights: LayerWeights, _ pass: Pass, initial: Tensor
  ) -> (gates: Tensor, outputs: Tensor) {
    let gates = pass.compute.affine(input.values, weights.matrix(0), weights[2])
    return pass.compute.gruForward(
      gates, recurrent: weights.matrix(1), recurrentBias: weights[3], initial: initial,
      lengths: input.lengths)
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let initial = states.joined.first ?? Tensor(shape: [input.count, unitCount])
    let outputs = run(input, weights, pass, initial: initial).outputs
    states.set([outputs.frame(before: input.lengths, otherwise: initial)])
    return Sequences(outputs, lengths: input.lengths)
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
    let gateGradient = pass.compute.gruBackward(
      gradient, gates: tensors[1], outputs: tensors[2], recurrent: weights[1], lengths: lengths,
      recurrentGradient: &recurrentGradient, biasGradient: &biasGradient)
    (gradients[1], gradients[3]) = (recurrentGradient, biasGradient)
    pass.compute.product(
      gateGradient, aTransposed: true, tensors[0], accumulating: true, into: &gradients[0])
    pass.compute.addColumnSums(of: gateGradient, to: &gradients[2])
    guard wanted[0] else { return [gateGradient] }
    var inputGradient = Tensor(unwritten: tensors[0].shape)
    pass.compute.product(gateGradient, weights[0], into: &inputGradient)
    return [inputGradient]
  }
}
