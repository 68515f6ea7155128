package import ParlaDescriptions

/// Every output is a weighted sum of all inputs: y = x Wᵀ + b.
package struct Dense: Layer {
  package static let kind = "dense"
  package static let mainField: String? = "size"

  package let name: String
  package let output: FrameShape
  let inputCount: Int
  /// Whether recognition multiplies in floats even where weights are bytes elsewhere.
  private let isExact: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    self.init(
      place, size: try fields.integer("size", "a layer's size"),
      isExact: try fields.flag("exact", "whether its weights stay floats", default: false))
  }

  /// A layer from the frame's features to `size` outputs.
  package init(_ place: LayerPlace, size: Int, isExact: Bool = false) {
    self.isExact = isExact
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(size)
  }

  package var summary: String { "dense \(name), \(output.count)" }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [output.count, inputCount],
        initializer: .glorotUniform(fanIn: inputCount, fanOut: output.count),
        isProductWeight: !isExact),
      ParameterSpecification(name: "\(name).bias", shape: [output.count], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let output = pass.compute.affine(input.values, weights.matrix(0), weights[1])
    return LayerOutput(
      Sequences(output, lengths: input.lengths), saved: Saved([input.values]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    let input = saved.tensors[0]
    pass.compute.addColumnSums(of: gradient, to: &gradients[1])
    pass.compute.product(
      gradient, aTransposed: true, input, accumulating: true, into: &gradients[0])
    guard wanted[0] else { return [gradient] }
    var inputGradient = Tensor(unwritten: input.shape)
    pass.compute.product(gradient, weights[0], into: &inputGradient)
    return [inputGradient]
  }
}

extension NodeDescription {
  /// A dense layer of `size` outputs; an exact one stays in floats where others are multiplied in bytes.
  public static func dense(name: String, size: Int, isExact: Bool = false) -> NodeDescription {
    var fields: [String: FieldValue] = ["size": .number(Double(size))]
    if isExact { fields["exact"] = .flag(true) }
    return NodeDescription(kind: Dense.kind, name: name, fields: fields)
  }
}
