package import ParlaDescriptions

/// A simple recurrent unit: only its cells depend on the frame before, number by number, so that it has no recurrent product.
///
/// Lei, Zhang and Artzi 2017, eq. 3 to 7: c(t) = f c(t - 1) + (1 - f) W x, h = r tanh(c) + (1 - r) x, with gates f and r. Weights are
/// in the order candidate, forget, reset, and a fourth that brings x to the layer's width if it differs; biases are those of
/// forget and reset.
package struct SRU: Layer {
  package static let kind = "sru"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

  package let name: String
  package let output: FrameShape
  private let inputCount: Int
  package let function: CellFunction

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    function = try fields.choice(
      "activation", "the function of the cells", of: CellFunction.self, default: .tanh)
  }

  private var unitCount: Int { output.count }

  /// Parts of a row of sums: candidate, forget, reset, and the input's own where the widths differ.
  private var partCount: Int { inputCount == unitCount ? 3 : 4 }

  package var summary: String { "sru \(name), \(unitCount)" }

  package var memory: MemoryNeed {
    MemoryNeed(kept: (partCount + 3) * unitCount, working: (partCount + 2) * unitCount)
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [partCount * unitCount, inputCount],
        initializer: .glorotUniform(fanIn: inputCount, fanOut: unitCount), isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [2 * unitCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let run = run(
      input, weights, pass, initial: Tensor(shape: [input.count, unitCount]))
    return LayerOutput(
      Sequences(run.outputs, lengths: input.lengths),
      saved: Saved([input.values, run.sums, run.cells, run.values], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let initial = states.joined.first ?? Tensor(shape: [input.count, unitCount])
    let run = run(input, weights, pass, initial: initial)
    states.set([run.cells.frame(before: input.lengths, otherwise: initial)])
    return Sequences(run.outputs, lengths: input.lengths)
  }

  /// Sums with the gates' functions applied, cells, the function of the cells, and outputs.
  private func run(
    _ input: Sequences, _ weights: LayerWeights, _ pass: Pass, initial: Tensor
  ) -> (sums: Tensor, cells: Tensor, values: Tensor, outputs: Tensor) {
    var sums = pass.compute.affine(input.values, weights.matrix(0), nil)
    let (batch, units, width) = (input.count, unitCount, partCount * unitCount)
    var cells = Tensor(unwritten: [input.frameCount, batch, units])
    nonisolated(unsafe) let (u, c) = unsafe (sums.mutablePointer, cells.mutablePointer)
    nonisolated(unsafe) let (c0, bias) = unsafe (initial.pointer, weights[1].pointer)
    pass.compute.divide(batch * units, grain: 64) { columns in
      for frame in 0..<input.frameCount {
        let before = unsafe frame == 0 ? c0 : UnsafePointer(c + (frame - 1) * batch * units)
        for column in columns {
          let (row, unit) = (column / units, column % units)
          let own = unsafe u + (frame * batch + row) * width + unit
          let forget = unsafe Sigmoid.value(own[units] + bias[unit])
          unsafe own[units] = forget
          unsafe own[2 * units] = Sigmoid.value(own[2 * units] + bias[units + unit])
          unsafe c[frame * batch * units + column] =
            forget * before[column] + (1 - forget) * own[0]
        }
      }
    }
    var values = cells
    unsafe function.apply(to: values.mutablePointer, count: values.count)
    var outputs = Tensor(unwritten: cells.shape)
    let (g, y) = unsafe (values.pointer, outputs.mutablePointer)
    for row in 0..<sums.rowCount {
      let own = unsafe u + row * width
      let past =
        unsafe partCount == 4
        ? UnsafePointer(own + 3 * units) : input.values.pointer + row * units
      for unit in 0..<units {
        let (reset, place) = unsafe (own[2 * units + unit], row * units + unit)
        unsafe y[place] = reset * g[place] + (1 - reset) * past[unit]
      }
    }
    return (sums, cells, values, outputs)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    let (input, sums, cells) = (saved.tensors[0], saved.tensors[1], saved.tensors[2])
    let (values, lengths) = (saved.tensors[3], saved.lengths)
    let (frames, batch, units) = (gradient.shape[0], gradient.shape[1], unitCount)
    let width = partCount * units
    var deltas = Tensor(shape: sums.shape)
    var past = Tensor(shape: partCount == 3 ? input.shape : [0])
    // The gradient of the cells by way of the outputs.
    var ofValues = Tensor(unwritten: gradient.shape)
    let (dy, dc) = unsafe (gradient.pointer, ofValues.mutablePointer)
    let u = unsafe sums.pointer
    for row in 0..<sums.rowCount {
      for unit in 0..<units {
        unsafe dc[row * units + unit] = dy[row * units + unit] * u[row * width + 2 * units + unit]
      }
    }
    unsafe function.multiplySlopes(at: values.pointer, into: dc, count: values.count)
    let (d, c, g) = unsafe (deltas.mutablePointer, cells.pointer, values.pointer)
    let (x, dx) = unsafe (input.pointer, past.mutablePointer)
    for column in 0..<batch * units {
      let (row, unit) = (column / units, column % units)
      var later: Float = 0
      for frame in (0..<min(frames, lengths[row])).reversed() {
        let place = frame * batch * units + column
        let (own, delta) = unsafe (
          u + (frame * batch + row) * width + unit, d + (frame * batch + row) * width + unit
        )
        let (forget, reset, dh) = unsafe (own[units], own[2 * units], dy[place])
        let before = unsafe frame == 0 ? 0 : c[place - batch * units]
        let flow = unsafe later + dc[place]
        unsafe delta[0] = flow * (1 - forget)
        unsafe delta[units] = flow * (before - own[0]) * forget * (1 - forget)
        let there = unsafe partCount == 4 ? own[3 * units] : x[place]
        unsafe delta[2 * units] = dh * (g[place] - there) * reset * (1 - reset)
        if partCount == 4 {
          unsafe delta[3 * units] = dh * (1 - reset)
        } else {
          unsafe dx[place] = dh * (1 - reset)
        }
        later = flow * forget
      }
    }
    for row in 0..<sums.rowCount {
      for unit in 0..<2 * units {
        unsafe gradients[1][unit] += d[row * width + units + unit]
      }
    }
    pass.compute.product(
      deltas, aTransposed: true, input, accumulating: true, into: &gradients[0])
    guard wanted[0] else { return [gradient] }
    if partCount == 4 { past = Tensor(unwritten: input.shape) }
    pass.compute.product(deltas, weights[0], accumulating: partCount == 3, into: &past)
    return [past]
  }
}
