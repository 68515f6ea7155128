package import ParlaDescriptions

/// In training, sometimes passes by what lies between its two inputs: the frames before it stay as they are.
///
/// Fan, Grave and Joulin 2020, "Reducing Transformer Depth on Demand with Structured Dropout". The first input is what a block
/// gives, the second what it is given. One decision holds for a step's whole batch, so that a block that is passed by is not computed.
package struct LayerDrop: Layer {
  package static let kind = "layer_drop"
  package static let mainField: String? = "rate"
  package static let inputCounts = 2...2

  package let name: String
  package let output: FrameShape
  let rate: Float
  let index: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    index = place.index
    output = place.input
    rate = try fields.number(
      "rate", "how often a block is passed by", from: 0, below: 1, default: 0)
    guard place.inputs.allSatisfy({ $0 == place.input }) else {
      throw DescriptionProblem(
        field: "inputs",
        found: "frames " + place.inputs.map(\.description).joined(separator: " and "),
        expected: "what a block gives and what it is given, frames of one shape")
    }
  }

  package var summary: String { "layer_drop \(rate)" }

  package var memory: MemoryNeed { MemoryNeed(kept: 0, working: 0) }

  package func chosenInput(_ pass: Pass) -> Int? {
    guard rate > 0, let seed = pass.dropoutSeed else { return 0 }
    var generator = SeededGenerator(mixing: seed, UInt64(index))
    return Float.random(in: 0..<1, using: &generator) < rate ? 1 : 0
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    LayerOutput(inputs.takeFirst())
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    [gradient]
  }
}
