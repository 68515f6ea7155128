/// Layers one after another, from feature frames to logits.
package struct Network: Sendable {
  /// The layers in the order in which the data flows.
  package let layers: [any Layer]

  /// How many features each frame of the input has.
  package let inputCount: Int

  /// Chains `layers`, the first of which takes frames of `inputCount` features.
  package init(layers: [any Layer], inputCount: Int) {
    self.layers = layers
    self.inputCount = inputCount
  }

  /// How many numbers come out for each frame.
  package var outputCount: Int { layers.last?.outputCount ?? inputCount }

  /// What all layers learn, in order.
  package var parameters: [ParameterSpecification] { layers.flatMap(\.parameters) }

  /// Logits [frames, batch, labels] for `input` [frames, batch, features].
  package func callAsFunction(
    _ input: consuming Tensor, _ parameters: Parameters, _ pass: Pass
  ) -> Tensor {
    var output = consume input
    for (layer, range) in zip(layers, parameterRanges) {
      output = layer.forward(output, parameters.tensors[range], pass).output
    }
    return output
  }

  /// Logits for the next frames of sequences that come in pieces; `state` starts as an empty array.
  package func continued(
    _ input: consuming Tensor, _ parameters: Parameters, _ pass: Pass, state: inout [[Tensor]]
  ) -> Tensor {
    if state.isEmpty { state = layers.map { _ in [] } }
    var output = consume input
    for (index, range) in parameterRanges.enumerated() {
      output = layers[index].continued(
        output, parameters.tensors[range], pass, state: &state[index])
    }
    return output
  }

  /// Logits for `input`, with what `backward` will need.
  package func forward(
    _ input: consuming Tensor, _ parameters: Parameters, _ pass: Pass
  ) -> (logits: Tensor, saved: [[Tensor]]) {
    var output = consume input
    var saved: [[Tensor]] = []
    for (layer, range) in zip(layers, parameterRanges) {
      let result = layer.forward(output, parameters.tensors[range], pass)
      output = result.output
      saved.append(result.saved)
    }
    return (output, saved)
  }

  /// The gradients of the parameters, given that of the loss with respect to the logits.
  ///
  /// Those before `lowest` are not wanted: the way back ends at the layer that it belongs to, and they are left zero.
  package func backward(
    _ logitsGradient: consuming Tensor, saved: consuming [[Tensor]], _ parameters: Parameters,
    downTo lowest: Int = 0, _ pass: Pass
  ) -> Parameters {
    var gradients = Parameters(zerosFor: parameters.specifications)
    var gradient = consume logitsGradient
    for (layer, range) in zip(layers, parameterRanges).reversed() {
      guard range.upperBound > lowest else { break }
      let layerSaved = saved.removeLast()
      gradient = layer.backward(
        gradient, saved: layerSaved, parameters.tensors[range],
        gradients: &gradients.tensors[range],
        needsInputGradient: range.lowerBound > lowest, pass)
    }
    return gradients
  }

  /// Where each layer's parameters stand among all.
  private var parameterRanges: [Range<Int>] {
    var start = 0
    return layers.map { layer in
      defer { start += layer.parameters.count }
      return start..<start + layer.parameters.count
    }
  }
}
