package import ParlaDescriptions

/// A GRU as Keras 1 and 2 compute it: the reset gate before the recurrent product, gates and candidates by functions of choice.
///
/// Cho et al. 2014. Gates are stored in the order update, reset, candidate, with one bias. `gru` is faster and the better choice for a
/// new model.
package struct KerasGRU: Layer {
  package static let kind = "keras_gru"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

  package let name: String
  package let output: FrameShape
  private let inputCount: Int
  private let functions: CellFunctions

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    functions = try CellFunctions(&fields)
  }

  private var unitCount: Int { output.count }

  package var summary: String { "keras_gru \(name), \(unitCount)" }

  package var memory: MemoryNeed { MemoryNeed(kept: 5 * unitCount, working: 7 * unitCount) }

  package var parameters: [ParameterSpecification] {
    CellFunctions.parameters(name, gates: 3, units: unitCount, inputs: inputCount)
  }

  private func run(
    _ input: Sequences, _ weights: LayerWeights, _ pass: Pass, initial: Tensor
  ) -> KerasGRUActivations {
    pass.compute.kerasGRUForward(
      pass.compute.affine(input.values, weights.matrix(0), weights[2]),
      recurrent: weights.matrix(1), functions: functions, initial: initial, lengths: input.lengths)
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let result = run(input, weights, pass, initial: Tensor(shape: [input.count, unitCount]))
    return LayerOutput(
      Sequences(result.outputs, lengths: input.lengths),
      saved: Saved(
        [input.values, result.gates, result.resets, result.outputs], lengths: input.lengths))
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
    let sums = pass.compute.kerasGRUBackward(
      gradient,
      KerasGRUActivations(gates: tensors[1], resets: tensors[2], outputs: tensors[3]),
      recurrent: weights[1], functions: functions, lengths: lengths,
      recurrentGradient: &gradients[1])
    return [
      pass.compute.inputGradient(sums, tensors[0], weights[0], wanted[0], &gradients)
    ]
  }
}

extension CellFunctions {
  /// The fields `gate` and `activation`.
  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    let gate = try fields.choice(
      "gate", "the function of the gates", of: CellFunction.self, default: .hardSigmoid)
    let output = try fields.choice(
      "activation", "the function of what the gates let through", of: CellFunction.self,
      default: .tanh)
    self.init(gate: gate, output: output)
  }

  /// The parameters of a layer with so many gates.
  static func parameters(
    _ name: String, gates: Int, units: Int, inputs: Int
  ) -> [ParameterSpecification] {
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputs + units, fanOut: gates * units)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [gates * units, inputs], initializer: initializer,
        isProductWeight: true),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [gates * units, units],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [gates * units], initializer: .zeros),
    ]
  }
}

extension Compute {
  /// Adds the gradients of input weights and bias, `gradients` 0 and 2, given that of the sums; the input's comes back if it is wanted.
  func inputGradient(
    _ sums: Tensor, _ input: Tensor, _ weight: Tensor, _ isWanted: Bool,
    _ gradients: inout [Tensor]
  ) -> Tensor {
    product(sums, aTransposed: true, input, accumulating: true, into: &gradients[0])
    addColumnSums(of: sums, to: &gradients[2])
    guard isWanted else { return sums }
    var inputGradient = Tensor(unwritten: input.shape)
    product(sums, weight, into: &inputGradient)
    return inputGradient
  }
}
