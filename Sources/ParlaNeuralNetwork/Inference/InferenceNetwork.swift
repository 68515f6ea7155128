/// Layers one after another as recognition runs them: without a way back, their weights in any precision.
///
/// It never changes, so all streams share it.
package struct InferenceNetwork: Sendable {
  /// One stage.
  package enum Stage: Sendable {
    /// y = x Wᵀ + b.
    case dense(weights: WeightMatrix, bias: Tensor)
    /// y = min(max(x, 0), ceiling).
    case clippedReLU(ceiling: Float)
    /// A layer with cells and gates; see `LSTM`.
    case lstm(inputWeights: WeightMatrix, recurrentWeights: WeightMatrix, bias: Tensor)
    /// Any other layer, in float32.
    case other(any Layer, parameters: [Tensor])
  }

  /// The stages in the order in which the data flows.
  package let stages: [Stage]

  /// Chains `stages`.
  package init(_ stages: [Stage]) { self.stages = stages }

  /// What the stages remember of one sequence: tensors whose first axis has length 1.
  package struct State: Sendable {
    fileprivate var stages: [[Tensor]] = []

    /// Nothing was heard yet.
    package init() {}
  }

  /// Logits [frames, sequences, labels] for the next frames [frames, sequences, features] of some sequences.
  ///
  /// The sequences' recurrent steps are one product; each sequence's result is what it would be alone.
  package func advance(
    _ input: consuming Tensor, states: inout [State], compute: Compute
  ) -> Tensor {
    precondition(input.shape[1] == states.count, "a state for each sequence")
    let frames = input.shape[0]
    let pass = Pass(
      compute: compute, frameCounts: [Int](repeating: frames, count: states.count))
    var output = consume input
    for (index, stage) in stages.enumerated() {
      var memory = Tensor.joined(states.map { index < $0.stages.count ? $0.stages[index] : [] })
      output = stage.advance(output, isFirst: index == 0, memory: &memory, pass)
      let parts = memory.map(\.rows)
      for number in states.indices {
        let own = parts.map { $0[number] }
        if index < states[number].stages.count {
          states[number].stages[index] = own
        } else {
          states[number].stages.append(own)
        }
      }
    }
    return output
  }
}

extension InferenceNetwork.Stage {
  /// The stage's output; `memory` holds what it remembers of all sequences, nothing before the first frame.
  fileprivate func advance(
    _ input: consuming Tensor, isFirst: Bool, memory: inout [Tensor], _ pass: Pass
  ) -> Tensor {
    let compute = pass.compute
    switch self {
    case .dense(let weights, let bias):
      // Features differ much in size, so 8 bits are too few for the small ones.
      return compute.affine(input, weights, bias, isFine: isFirst)
    case .clippedReLU(let ceiling):
      var output = input
      compute.clippedReLU(&output, ceiling: ceiling)
      return output
    case .lstm(let inputWeights, let recurrentWeights, let bias):
      let gates = compute.affine(input, inputWeights, bias, isFine: isFirst)
      let zeros = Tensor(shape: [gates.shape[1], recurrentWeights.inputCount])
      var (cells, outputs) = (memory.first ?? zeros, memory.last ?? zeros)
      let result = compute.lstmInference(
        gates, recurrentWeights: recurrentWeights, cells: &cells, outputs: &outputs)
      memory = [cells, outputs]
      return result
    case .other(let layer, let parameters):
      return layer.continued(input, parameters[...], pass, state: &memory)
    }
  }
}

extension Tensor {
  /// The same tensors of several sequences, put together along their first axis; zeros for a sequence that has none yet.
  fileprivate static func joined(_ sequences: [[Tensor]]) -> [Tensor] {
    guard let known = sequences.first(where: { !$0.isEmpty }) else { return [] }
    guard sequences.count > 1 else { return known }
    return known.indices.map { index in
      let zeros = [Float](repeating: 0, count: known[index].count)
      return Tensor(
        shape: [sequences.count] + known[index].shape.dropFirst(),
        values: sequences.flatMap { $0.isEmpty ? zeros : $0[index].values })
    }
  }

  /// The parts along the first axis, each with a first axis of length 1.
  fileprivate var rows: [Tensor] {
    guard shape[0] > 1 else { return [self] }
    let size = count / shape[0]
    let all = values
    return (0..<shape[0]).map { row in
      Tensor(
        shape: [1] + shape.dropFirst(), values: Array(all[row * size..<(row + 1) * size]))
    }
  }
}
