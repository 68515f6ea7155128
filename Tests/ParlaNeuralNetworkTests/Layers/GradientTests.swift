import Testing

@testable import ParlaNeuralNetwork

/// Every layer's derivative against finite differences of sum(output * weights).
@Suite struct GradientTests {
  static let shape = [6, 3]
  static let layers: [any Layer] = [
    Dense(name: "dense", inputCount: 5, outputCount: 7),
    ClippedReLU(name: "relu", featureCount: 5, ceiling: 0.6),
    Dropout(name: "dropout", featureCount: 5, rate: 0.4, index: 0),
    LSTM(name: "lstm", inputCount: 5, unitCount: 4),
    LayerNormalization(name: "norm", featureCount: 5),
  ]

  @Test(arguments: [0, 1, 2, 3, 4], [1, 2]) func gradientsAreSlopes(layer index: Int, threads: Int)
  {
    expectSlopes(of: Self.layers[index], Compute(threadCount: threads))
  }

  @Test(arguments: Arithmetic.exact) func gradientsAreSlopesOnEveryPath(arithmetic: Arithmetic) {
    for index in [0, 3] { expectSlopes(of: Self.layers[index], arithmetic.compute(threadCount: 1)) }
  }

  func expectSlopes(of layer: any Layer, _ compute: Compute) {
    let pass = Pass(compute: compute, frameCounts: [6, 4, 1], dropoutSeed: 9)
    let input = Tensor.random(Self.shape + [5], seed: 1)
    let weights = Tensor.random(Self.shape + [layer.outputCount], seed: 2)
    let parameters = layer.parameters.enumerated().map { index, specification in
      Tensor.random(specification.shape, seed: UInt64(3 + index), bound: 0.8)
    }
    let result = layer.forward(input, parameters[...], pass)
    var gradients = layer.parameters.map { Tensor(shape: $0.shape) }[...]
    let inputGradient = layer.backward(
      Self.masked(weights, pass), saved: result.saved, parameters[...], gradients: &gradients,
      needsInputGradient: true, pass)

    func objective(_ input: Tensor, _ parameters: [Tensor]) -> Double {
      let output = layer.forward(input, parameters[...], pass).output
      let masked = Self.masked(weights, pass)
      return (0..<output.count).reduce(0) { $0 + Double(output[$1]) * Double(masked[$1]) }
    }
    expectSlope(inputGradient, of: { objective($0, parameters) }, at: input)
    for (number, gradient) in gradients.enumerated() {
      let slope: (Tensor) -> Double = { changed in
        var parameters = parameters
        parameters[number] = changed
        return objective(input, parameters)
      }
      expectSlope(gradient, of: slope, at: parameters[number])
    }
  }

  /// Zero where a sequence is padding, as the gradient of any loss is.
  static func masked(_ weights: Tensor, _ pass: Pass) -> Tensor {
    var result = weights
    let (batch, columns) = (weights.shape[1], weights.columnCount)
    for index in 0..<weights.count {
      let (t, b) = (index / columns / batch, index / columns % batch)
      if t >= pass.frameCounts[b] { result[index] = 0 }
    }
    return result
  }

  func expectSlope(
    _ gradient: Tensor, of function: (Tensor) -> Double, at point: Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let step: Float = 2e-3
    for index in 0..<point.count {
      var (up, down) = (point, point)
      up[index] += step
      down[index] -= step
      let slope = (function(up) - function(down)) / Double(up[index] - down[index])
      // The clipped ReLU has corners; none of the random points lies within a step of one.
      #expect(
        abs(slope - Double(gradient[index])) < 3e-3 * max(1, abs(slope)), "index \(index)",
        sourceLocation: sourceLocation)
    }
  }
}
