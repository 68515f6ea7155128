/// One of a layer's weights: as it is trained, or as recognition reads it, in any precision.
package enum Weight: Sendable {
  /// Floats that an optimiser moves, or that no product needs in another form.
  case tensor(Tensor)

  /// A matrix [outputs, inputs] for products only.
  ///
  /// With weights in bytes, what is multiplied gets 16 bits where `needsFineInputs`, else 8.
  case matrix(WeightMatrix, needsFineInputs: Bool)

  /// How many numbers go in and out of a product with it.
  package var outputCount: Int {
    switch self {
    case .tensor(let tensor): tensor.shape[0]
    case .matrix(let matrix, _): matrix.outputCount
    }
  }
}

/// What a layer learnt, and its buffers, in the order in which the layer expects them.
package struct LayerWeights: Sendable {
  /// The parameters, then the buffers.
  package let weights: [Weight]

  /// Takes parameters, then buffers.
  package init(_ weights: [Weight]) { self.weights = weights }

  /// Takes parameters, then buffers, as they are trained.
  package init(_ tensors: some Sequence<Tensor>) { weights = tensors.map { .tensor($0) } }

  /// Weight `index` as floats; a layer may ask so for what it does not declare as a product's weight.
  package subscript(index: Int) -> Tensor {
    guard case .tensor(let tensor) = weights[index] else {
      preconditionFailure("weight \(index) is read as floats but declared as a product's")
    }
    return tensor
  }

  /// Weight `index` in the form that products take.
  package func matrix(_ index: Int) -> Weight { weights[index] }
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
