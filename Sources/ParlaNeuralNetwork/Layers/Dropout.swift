package import ParlaDescriptions

/// In training, leaves out a random part of the features and scales the others up, so that their sum stays as expected.
///
/// Srivastava et al. 2014, in the inverted form. Which features are left out follows from the pass's seed and the layer's
/// `index` alone, so nothing is kept for the way back.
package struct Dropout: Layer {
  package static let kind = "dropout"
  package static let mainField: String? = "rate"

  package let name: String
  package let output: FrameShape
  let rate: Float
  let index: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    self.init(place, rate: try fields.number("rate", "a dropout rate", from: 0, below: 1))
  }

  /// Drops each feature with probability `rate`; the layer's index makes its seed unique.
  package init(_ place: LayerPlace, rate: Float) {
    precondition(rate >= 0 && rate < 1, "a dropout rate is in [0, 1)")
    name = place.name
    output = place.input
    self.rate = rate
    index = place.index
  }

  package var summary: String { "dropout \(rate)" }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    var output = inputs.takeFirst()
    mask(&output.values, pass)
    return LayerOutput(output)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    mask(&gradient, pass)
    return [gradient]
  }

  private func mask(_ x: inout Tensor, _ pass: Pass) {
    guard rate > 0, let seed = pass.dropoutSeed else { return }
    var generator = SeededGenerator(mixing: seed, UInt64(index))
    pass.compute.dropout(
      &x, rate: rate, seed: generator.next(), batchPart: pass.batchPart ?? 0..<x.shape[1],
      of: pass.wholeBatchSize ?? x.shape[1])
  }
}
