/// A layer's weights and buffers, in the order in which the layer expects them.
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
