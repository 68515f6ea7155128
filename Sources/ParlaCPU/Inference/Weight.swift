/// One of a layer's weights: as it is trained, or as recognition reads it, in any precision.
package enum Weight: Sendable {
  /// Floats that an optimiser moves, or that no product needs in another form.
  case tensor(Tensor)

  /// A matrix [outputs, inputs] for products only.
  ///
  /// With weights of 8 or 4 bits, what is multiplied gets 16 bits where `needsFineInputs`, else 8.
  case matrix(WeightMatrix, needsFineInputs: Bool)

  /// How many numbers go in and out of a product with it.
  package var outputCount: Int {
    switch self {
    case .tensor(let tensor): tensor.shape[0]
    case .matrix(let matrix, _): matrix.outputCount
    }
  }
}

extension Compute {
  /// `x` [..., inputs] `weight`ᵀ + `bias`: [..., outputs]; no bias adds nothing.
  package func affine(_ x: Tensor, _ weight: Weight, _ bias: Tensor?) -> Tensor {
    switch weight {
    case .tensor(let tensor):
      var output = Tensor(unwritten: x.shape.dropLast() + [tensor.shape[0]])
      product(x, tensor, bTransposed: true, into: &output)
      if let bias { addBias(bias, to: &output) }
      return output
    case .matrix(let matrix, let isFine):
      return affine(
        x, matrix, bias ?? Tensor(shape: [matrix.outputCount]), isFine: isFine)
    }
  }
}
