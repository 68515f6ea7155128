package import ParlaDescriptions

/// Scales each frame to a root mean square of 1, then to learned values: y = gamma x / sqrt(mean(x²) + epsilon).
///
/// Zhang and Sennrich 2019, eq. 4.
package struct RMSNormalization: Layer {
  package static let kind = "rms_normalization"

  package let name: String
  package let output: FrameShape
  package let epsilon: Float

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    epsilon = try fields.number(
      "epsilon", "what is added to the mean square", above: 0, default: 1e-6)
  }

  package var summary: String { "rms normalization \(name)" }

  package var parameters: [ParameterSpecification] {
    [ParameterSpecification(name: "\(name).gamma", shape: [output.count], initializer: .ones)]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    var normalized = input.values
    let (rows, width, epsilon) = (normalized.rowCount, output.count, Double(epsilon))
    var factors = Tensor(unwritten: [rows])
    nonisolated(unsafe) let (x, f) = unsafe (normalized.mutablePointer, factors.mutablePointer)
    pass.compute.divide(rows, grain: 16) { rows in
      for row in rows {
        let range = row * width..<(row + 1) * width
        let sum = range.reduce(0.0) { unsafe $0 + Double(x[$1]) * Double(x[$1]) }
        let factor = Float(1 / (sum / Double(width) + epsilon).squareRoot())
        for index in range { unsafe x[index] *= factor }
        unsafe f[row] = factor
      }
    }
    let gamma = weights[0].values
    let output = pass.compute.channels(
      normalized, scale: gamma, shift: [Float](repeating: 0, count: width))
    return LayerOutput(
      Sequences(output, lengths: input.lengths), saved: Saved([normalized, factors]))
  }

  /// With x̂ = x factor and g = gamma ∂y: ∂x = factor (g - x̂ mean(g x̂)).
  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let (normalized, factors) = (saved.tensors[0], saved.tensors[1])
    pass.compute.addColumnSums(of: gradient, times: normalized, to: &gradients[0])
    guard wanted[0] else { return [gradient] }
    let (rows, width, weight) = (gradient.rowCount, output.count, weights[0])
    nonisolated(unsafe) let (x, f, gamma) = unsafe (
      normalized.pointer, factors.pointer, weight.pointer
    )
    nonisolated(unsafe) let g = unsafe gradient.mutablePointer
    pass.compute.divide(rows, grain: 16) { rows in
      for row in rows {
        let start = row * width
        var product = 0.0
        for column in 0..<width {
          unsafe g[start + column] *= gamma[column]
          unsafe product += Double(g[start + column]) * Double(x[start + column])
        }
        let share = Float(product / Double(width))
        for index in start..<start + width {
          unsafe g[index] = f[row] * (g[index] - x[index] * share)
        }
      }
    }
    return [gradient]
  }
}
