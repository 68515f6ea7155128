package import ParlaDescriptions

/// A recurrent layer that runs forwards and another that runs backwards, and what becomes of the two at each frame.
///
/// Schuster and Paliwal 1997. Backwards begins at each sequence's own last frame. It needs the whole of a recording. What runs
/// backwards is turned round again, so that both know of the same frame; with `aligned: false` it is not, as in Kur, and frame t meets
/// the backward step t.
package struct Bidirectional: Layer {
  package static let kind = "bidirectional"

  package let name: String
  package let output: FrameShape
  package let forwards: any Layer
  package let backwards: any Layer
  package let merge: Merge.Kind
  package let isAligned: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let kinds = LayerKinds.inFamily("recurrent")
    let type = try fields.text("type", "a recurrent layer")
    guard let kind = kinds.first(where: { $0.kind == type }) else {
      throw DescriptionProblem(
        field: "type", found: "\"\(type)\"", expected: "a recurrent layer",
        known: kinds.map { $0.kind })
    }
    forwards = try kind.init(
      LayerPlace(name: "\(place.name).forward", inputs: place.inputs), &fields)
    backwards = try kind.init(
      LayerPlace(name: "\(place.name).backward", inputs: place.inputs), &fields)
    merge = try fields.choice(
      "merge", "how the directions are put together", of: Merge.Kind.self, default: .concat)
    isAligned = try fields.flag(
      "aligned", "whether both directions of a frame know of that frame", default: true)
    output = FrameShape(merge == .concat ? 2 * forwards.output.count : forwards.output.count)
  }

  package var summary: String { "bidirectional \(forwards.summary)" }
  package var canStream: Bool { false }
  package var parameters: [ParameterSpecification] { forwards.parameters + backwards.parameters }

  package var memory: MemoryNeed {
    let (one, input) = (forwards.memory, 2 * output.count)
    return MemoryNeed(kept: 2 * one.kept + 2 * input, working: one.working + 2 * input)
  }

  private func weights(_ all: LayerWeights) -> (LayerWeights, LayerWeights) {
    let count = forwards.parameters.count
    return (
      LayerWeights(Array(all.weights[..<count])), LayerWeights(Array(all.weights[count...]))
    )
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let (first, second) = self.weights(weights)
    var reversed = [input.reversed]
    var straight = [input]
    let there = forwards.forward(&straight, first, pass)
    var back = backwards.forward(&reversed, second, pass)
    if isAligned { back.output = back.output.reversed }
    let outputs = [there.output.values, back.output.values]
    let kept = merge.needsInputs ? outputs : []
    return LayerOutput(
      Sequences(merge.merged(outputs, pass.compute), lengths: input.lengths),
      saved: Saved(
        kept + there.saved.tensors + back.saved.tensors,
        lengths: input.lengths + there.saved.lengths + back.saved.lengths))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var tensors = saved.tensors[...]
    let batch = gradient.shape[1]
    let lengths = Array(saved.lengths[..<batch])
    let kept = merge.needsInputs ? 2 : 0
    let outputs = Array(tensors.prefix(kept))
    tensors = tensors.dropFirst(kept)
    let half = tensors.count / 2
    let its = saved.lengths[batch...]
    let own = [
      Saved(Array(tensors.prefix(half)), lengths: Array(its.prefix(its.count / 2))),
      Saved(Array(tensors.dropFirst(half)), lengths: Array(its.dropFirst(its.count / 2))),
    ]
    let width = forwards.output.count
    let parts = merge.gradients(gradient, outputs, widths: [width, width], pass.compute)
    let (first, second) = self.weights(weights)
    let count = forwards.parameters.count
    var (there, back) = (Array(gradients[..<count]), Array(gradients[count...]))
    // Released, so that they are overwritten in place.
    gradients = []
    var inputGradient = forwards.backward(
      parts[0], own[0], first, gradients: &there, wanted: wanted, pass)[0]
    let theirs = Sequences(parts[1], lengths: lengths)
    let other = backwards.backward(
      isAligned ? theirs.reversed.values : theirs.values, own[1], second, gradients: &back,
      wanted: wanted, pass)[0]
    gradients = there + back
    guard wanted[0] else { return [inputGradient] }
    inputGradient.add(Sequences(other, lengths: lengths).reversed.values)
    return [inputGradient]
  }
}

extension Sequences {
  /// Each sequence from its last frame to its first; what is padding stays zero.
  package var reversed: Sequences {
    var result = Tensor(shape: values.shape)
    let width = featureCount
    let target = unsafe result.mutablePointer
    for (number, length) in lengths.enumerated() {
      for frame in 0..<length {
        unsafe (target + (frame * count + number) * width).update(
          from: values.pointer + ((length - 1 - frame) * count + number) * width, count: width)
      }
    }
    return Sequences(result, lengths: lengths)
  }
}
