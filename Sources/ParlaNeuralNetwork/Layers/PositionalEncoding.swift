package import ParlaDescriptions
import ParlaPlatform

/// Adds to each frame, times `scale`, sines and cosines of its number in the sequence, from fast to slow.
///
/// Vaswani et al. 2017, section 3.5: feature 2i gets sin(t / 10000^(2i / features)), the next one the cosine.
package struct PositionalEncoding: Layer {
  package static let kind = "positional_encoding"

  package let name: String
  package let output: FrameShape
  package let scale: Float
  package let speeds: [Double]

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    scale = try fields.number("scale", "what frames are multiplied by before", default: 1)
    speeds = Self.speeds(width: place.featureCount)
  }

  /// By what a frame's number is multiplied for each feature, of which its sine or cosine is taken.
  package static func speeds(width: Int) -> [Double] {
    (0..<width).map { pow(10000, -Double($0 / 2 * 2) / Double(width)) }
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    return LayerOutput(encoded(input, first: input.lengths.map { _ in 0 }, pass))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    let first = states.map { $0.counts.first ?? 0 }
    for number in states.indices { states[number].counts = [first[number] + input.lengths[number]] }
    return encoded(input, first: first, pass)
  }

  private func encoded(_ input: Sequences, first: [Int], _ pass: Pass) -> Sequences {
    let (scale, speeds, width) = (scale, speeds, output.count)
    var result = Tensor(unwritten: input.values.shape)
    nonisolated(unsafe) let (x, y) = unsafe (input.values.pointer, result.mutablePointer)
    pass.compute.divide(input.frameCount, grain: 4) { frames in
      var sines = [Float](repeating: 0, count: width)
      for frame in frames {
        for (number, start) in first.enumerated() {
          if number == 0 || start != first[number - 1] {
            for (column, speed) in speeds.enumerated() {
              let angle = Double(start + frame) * speed
              sines[column] = Float(column % 2 == 0 ? sin(angle) : cos(angle))
            }
          }
          let row = (frame * first.count + number) * width
          for column in 0..<width {
            unsafe y[row + column] = x[row + column] * scale + sines[column]
          }
        }
      }
    }
    return Sequences(result, lengths: input.lengths)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let scale = scale
    return [scale == 1 ? gradient : pass.compute.numbers(like: gradient) { $0 * scale }]
  }
}
