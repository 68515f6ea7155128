/// What recurrent layers share: a frame's input and the outputs of the frame before are multiplied with weights, and their sums,
/// `gateCount` for each unit, make the frame's outputs.
///
/// A layer of the kind says by `run` what becomes of the sums, and by `backward` how gradients flow back through it.
protocol RecurrentLayer: Layer {
  /// How many sums a unit has.
  static var gateCount: Int { get }

  /// How many tensors [batch, units] are carried from frame to frame.
  static var stateCount: Int { get }

  /// Numbers of the frames that go in.
  var inputCount: Int { get }

  /// Runs over all frames of `input`.
  ///
  /// - Parameters:
  ///   - sums: What the input adds, bias included: [frames, batch, gates x units].
  ///   - lengths: Frames of each sequence.
  ///   - weights: Those of the layer.
  ///   - states: What is carried, as it was before the first frame.
  ///   - pass: What computes.
  /// - Returns: The outputs, what the way back needs, and what is carried on.
  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun
}

/// The result of a recurrent layer for some frames.
struct RecurrentRun {
  /// [frames, batch, units], zeros beyond a sequence's end.
  let outputs: Tensor
  /// The values that the backward pass needs in addition to the input and the outputs.
  var kept: [Tensor] = []
  /// The state after each sequence's last frame.
  let states: () -> [Tensor]
}

extension RecurrentLayer {
  package static var family: String? { "recurrent" }
  package static var mainField: String? { "size" }
  static var stateCount: Int { 1 }

  var unitCount: Int { output.count }

  package var summary: String { "\(Self.kind) \(name), \(unitCount)" }

  package var parameters: [ParameterSpecification] { sharedParameters }

  /// The weights and the bias of the sums; the weights start as parts of one matrix, [inputs + units, gates x units], as TensorFlow's do.
  var sharedParameters: [ParameterSpecification] {
    let rows = Self.gateCount * unitCount
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputCount + unitCount, fanOut: rows)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [rows, inputCount], initializer: initializer,
        isProductWeight: true),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [rows, unitCount], initializer: initializer,
        isProductWeight: true, isRecurrent: true),
      ParameterSpecification(name: "\(name).bias", shape: [rows], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let run = run(
      pass.compute.affine(input.values, weights.matrix(0), weights[2]), lengths: input.lengths,
      weights, states: initialStates(input.count), pass)
    return LayerOutput(
      Sequences(run.outputs, lengths: input.lengths),
      saved: Saved([input.values] + run.kept + [run.outputs], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let before = states.joined
    let run = run(
      pass.compute.affine(input.values, weights.matrix(0), weights[2]), lengths: input.lengths,
      weights, states: before.isEmpty ? initialStates(input.count) : before, pass)
    states.set(run.states())
    return Sequences(run.outputs, lengths: input.lengths)
  }

  private func initialStates(_ batch: Int) -> [Tensor] {
    (0..<Self.stateCount).map { _ in Tensor(shape: [batch, unitCount]) }
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
