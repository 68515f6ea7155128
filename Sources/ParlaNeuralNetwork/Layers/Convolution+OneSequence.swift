extension ConvolutionLayer {
  /// The first `counts` windows of a sequence that is alone, if each is a stretch of its memory; nil elsewhere.
  ///
  /// Products then read windows where they are, and nothing is gathered.
  func outputOfStretches(
    _ input: Sequences, _ weights: LayerWeights, counts: [Int], before: Int, _ pass: Pass
  ) -> Sequences? {
    let isVector = geometry.channels == input.featureCount && geometry.stepCount == geometry.size
    guard case .matrix(let matrix, let isFine) = weights.matrix(0), input.count == 1, before == 0,
      isVector, geometry.placeCount == 1, geometry.dilation == 1, geometry.groups == 1,
      (counts[0] - 1) * geometry.stride + geometry.size <= input.lengths[0]
    else { return nil }
    let bias = hasBias ? weights[1] : Tensor(shape: [matrix.outputCount])
    let output = pass.compute.affine(
      windowsOf: input.values, stride: geometry.stride, count: counts[0], matrix, bias,
      isFine: isFine)
    return Sequences(output, lengths: counts)
  }
}
