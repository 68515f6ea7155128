package import ParlaDescriptions

/// Each number in a frame, counted from 0, becomes a trained vector.
///
/// A frame [numbers] becomes [numbers, size]; what is no number of the vocabulary counts as its nearest one.
package struct Embedding: Layer {
  package static let kind = "embedding"

  package let name: String
  package let output: FrameShape
  package let vocabulary: Int
  package let size: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    vocabulary = try fields.integer("vocabulary", "how many different numbers there are")
    size = try fields.integer("size", "a vector's size")
    output = FrameShape(place.input.axes + [size])
  }

  package var summary: String { "embedding \(name), \(vocabulary) × \(size)" }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).vectors", shape: [vocabulary, size],
        initializer: .glorotUniform(fanIn: vocabulary, fanOut: size))
    ]
  }

  private func row(_ value: Float) -> Int {
    value > 0 ? Int(min(value.rounded(), Float(vocabulary - 1))) : 0
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let shape = [input.frameCount, input.count, output.count]
    var result = Tensor(unwritten: shape)
    let (vectors, target) = unsafe (weights[0].pointer, result.mutablePointer)
    for place in 0..<input.values.count {
      unsafe (target + place * size).update(
        from: vectors + row(input.values.pointer[place]) * size, count: size)
    }
    return LayerOutput(
      Sequences(result, lengths: input.lengths),
      saved: Saved([input.values], lengths: input.lengths)
    )
  }

  /// The numbers have no gradient.
  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let input = saved.tensors[0]
    let (batch, width) = (input.shape[1], input.shape[2])
    let target = unsafe gradients[0].mutablePointer
    for place in 0..<input.count where place / width / batch < saved.lengths[place / width % batch]
    {
      let own = unsafe target + row(input[place]) * size
      for index in 0..<size { unsafe own[index] += gradient.pointer[place * size + index] }
    }
    return [Tensor(shape: input.shape)]
  }
}
