import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// What every layer has to be: its gradients slopes, its streaming equal to the whole, batches equal to one at a time.
struct LayerCheck {
  let layer: any Layer
  let inputs: [Sequences]
  let parameters: [Tensor]
  let buffers: [Tensor]
  let pass: Pass

  /// Random inputs, each a frame of these axes, for sequences of `lengths` frames, and random weights.
  init(
    _ layer: any Layer, inputs shapes: [[Int]], lengths: [Int] = [6, 4, 1],
    compute: Compute = Compute(threadCount: 1), isTraining: Bool = true, bound: Float = 0.8
  ) {
    self.layer = layer
    pass = Pass(compute: compute, dropoutSeed: isTraining ? 9 : nil)
    inputs = shapes.enumerated().map { number, shape in
      Sequences(
        .random(
          [lengths.max() ?? 0, lengths.count, shape.reduce(1, *)], seed: UInt64(1 + 100 * number)),
        lengths: lengths)
    }
    parameters = layer.parameters.enumerated().map { index, specification in
      .random(specification.shape, seed: UInt64(3 + index), bound: bound)
    }
    buffers = layer.buffers.enumerated().map { index, specification in
      let random = Tensor.random(specification.shape, seed: UInt64(50 + index), bound: 0.4)
      return Tensor(shape: specification.shape, values: random.values.map { $0 + 1 })
    }
  }

  init(
    _ layer: any Layer, inputs: [Sequences], parameters: [Tensor], buffers: [Tensor], pass: Pass
  ) {
    self.layer = layer
    self.inputs = inputs
    self.parameters = parameters
    self.buffers = buffers
    self.pass = pass
  }

  /// The layer's weights, those of products in `precision`.
  func weights(in precision: WeightPrecision?) -> LayerWeights {
    guard let precision else { return LayerWeights(parameters + buffers) }
    let own: [Weight] = zip(layer.parameters, parameters).map { specification, tensor in
      specification.isProductWeight
        ? .matrix(WeightMatrix(tensor, precision: precision), needsFineInputs: true)
        : .tensor(tensor)
    }
    return LayerWeights(own + buffers.map { .tensor($0) })
  }

  /// The output with weights as recognition reads them.
  func output(_ inputs: [Sequences], in precision: WeightPrecision?) -> LayerOutput {
    var inputs = inputs
    return layer.forward(&inputs, weights(in: precision), Pass(compute: pass.compute))
  }

  func output(
    _ inputs: [Sequences], _ parameters: [Tensor], _ pass: Pass? = nil
  ) -> LayerOutput {
    var inputs = inputs
    return layer.forward(&inputs, LayerWeights(parameters + buffers), pass ?? self.pass)
  }

  // MARK: Slopes

  /// The layer's derivative against finite differences of sum(output * weights).
  func expectSlopes(
    tolerance: Double = 3e-3, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let result = output(inputs, parameters)
    let weights = Self.masked(
      .random(result.output.values.shape, seed: 2), lengths: result.output.lengths)
    var gradients = layer.parameters.map { Tensor(shape: $0.shape) }
    let inputGradients = layer.backward(
      weights, result.saved, LayerWeights(parameters + buffers), gradients: &gradients,
      wanted: inputs.map { _ in true }, pass)
    func objective(_ inputs: [Sequences], _ parameters: [Tensor]) -> Double {
      let values = output(inputs, parameters).output.values
      return (0..<values.count).reduce(0) { $0 + Double(values[$1]) * Double(weights[$1]) }
    }
    for (number, gradient) in inputGradients.enumerated() {
      // What stands in the padding is nobody's.
      expectSlope(
        Self.masked(gradient, lengths: inputs[number].lengths), at: inputs[number].values,
        tolerance, sourceLocation
      ) { changed in
        var inputs = inputs
        inputs[number].values = Self.masked(changed, lengths: inputs[number].lengths)
        return objective(inputs, parameters)
      }
    }
    for (number, gradient) in gradients.enumerated() {
      expectSlope(gradient, at: parameters[number], tolerance, sourceLocation) { changed in
        var parameters = parameters
        parameters[number] = changed
        return objective(inputs, parameters)
      }
    }
  }

  /// Zero where a sequence is padding, as the gradient of any loss is.
  static func masked(_ tensor: Tensor, lengths: [Int]) -> Tensor {
    var result = tensor
    let (batch, columns) = (tensor.shape[1], tensor.columnCount)
    for index in 0..<tensor.count {
      let (t, b) = (index / columns / batch, index / columns % batch)
      if t >= lengths[b] { result[index] = 0 }
    }
    return result
  }

  private func expectSlope(
    _ gradient: Tensor, at point: Tensor, _ tolerance: Double, _ sourceLocation: SourceLocation,
    of function: (Tensor) -> Double
  ) {
    let step: Float = 2e-3
    #expect(gradient.shape == point.shape, sourceLocation: sourceLocation)
    for index in 0..<min(point.count, gradient.count) {
      var (up, down) = (point, point)
      up[index] += step
      down[index] -= step
      let slope = (function(up) - function(down)) / Double(up[index] - down[index])
      // Some layers have corners; none of the random points lies within a step of one.
      #expect(
        abs(slope - Double(gradient[index])) < tolerance * max(1, abs(slope)), "index \(index)",
        sourceLocation: sourceLocation)
    }
  }

  // MARK: Pieces

  /// Whether a sequence in pieces of `length` frames gives the same as a whole, alone and next to others.
  func expectPiecesLikeTheWhole(
    in precision: WeightPrecision? = nil, lengths: [Int] = [1, 2, 3, 7], tolerance: Float = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let recognition = Pass(compute: pass.compute)
    let weights = weights(in: precision)
    let whole = output(inputs, in: precision).output
    for length in lengths {
      var states = whole.lengths.map { _ in LayerState() }
      var found = whole.lengths.map { _ in Tensor(unwritten: [0, 1, layer.output.count]) }
      let frameCount = inputs[0].frameCount
      for start in stride(from: 0, to: frameCount, by: length) {
        let end = min(start + length, frameCount)
        var pieces = inputs.map { input in
          Sequences(
            joining: input.lengths.indices.map { number in
              let frames = input.frames(of: number)
              return frames.frames(min(start, frames.shape[0])..<min(end, frames.shape[0]))
            })
        }
        let isLast = inputs[0].lengths.map { end >= $0 && start < $0 }
        let output = layer.advance(
          &pieces, weights, states: &states, isLast: isLast, recognition)
        for number in found.indices {
          found[number] = found[number].followed(by: output.frames(of: number))
        }
      }
      for number in found.indices {
        expectClose(
          found[number].values, whole.frames(of: number).values, absolute: tolerance,
          sourceLocation: sourceLocation)
      }
    }
  }
}
