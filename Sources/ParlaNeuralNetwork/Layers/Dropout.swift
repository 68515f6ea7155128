/// In training, leaves out a random part of the features and scales the others up, so that their sum stays as expected.
///
/// Srivastava et al. 2014, in the inverted form. Which features are left out follows from the pass's seed and the layer's
/// `index` alone, so nothing is kept for the way back.
package struct Dropout: Layer {
  package let name: String
  package let outputCount: Int
  let rate: Float
  let index: Int

  /// Leaves out `featureCount` features with probability `rate` each; `index` tells the layer from its like.
  package init(name: String, featureCount: Int, rate: Float, index: Int) {
    precondition(rate >= 0 && rate < 1, "a dropout rate is in [0, 1)")
    self.name = name
    outputCount = featureCount
    self.rate = rate
    self.index = index
  }

  package var parameters: [ParameterSpecification] { [] }

  package func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput {
    LayerOutput(output: masked(input, pass), saved: [])
  }

  package func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor {
    masked(outputGradient, pass)
  }

  private func masked(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard rate > 0, let seed = pass.dropoutSeed else { return x }
    var generator = SeededGenerator(mixing: seed, UInt64(index))
    var x = x
    pass.compute.dropout(
      &x, rate: rate, seed: generator.next(), batchPart: pass.batchPart, of: pass.wholeBatchSize)
    return x
  }
}
