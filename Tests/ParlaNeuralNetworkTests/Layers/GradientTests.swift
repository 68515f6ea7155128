import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// Every layer's derivative against finite differences of sum(output * weights).
@Suite struct GradientTests {
  static let layers: [any Layer] = [
    Dense(LayerPlace("dense", featureCount: 5), size: 7),
    ClippedReLU(LayerPlace("relu", featureCount: 5), ceiling: 0.6),
    Dropout(LayerPlace("dropout", featureCount: 5), rate: 0.4),
    LSTM(LayerPlace("lstm", featureCount: 5), size: 4),
    LayerNormalization(LayerPlace("norm", featureCount: 5)),
  ]

  @Test(arguments: [0, 1, 2, 3, 4], [1, 2]) func gradientsAreSlopes(layer index: Int, threads: Int)
  {
    expectSlopes(of: Self.layers[index], Compute(threadCount: threads))
  }

  @Test(arguments: Arithmetic.exact) func gradientsAreSlopesOnEveryPath(arithmetic: Arithmetic) {
    for index in [0, 3] { expectSlopes(of: Self.layers[index], arithmetic.compute(threadCount: 1)) }
  }

  func expectSlopes(of layer: any Layer, _ compute: Compute) {
    LayerCheck(layer, inputs: [[5]], lengths: [6, 4, 1], compute: compute).expectSlopes()
  }
}
