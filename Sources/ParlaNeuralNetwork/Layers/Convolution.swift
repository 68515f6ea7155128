package import ParlaDescriptions

/// Every output is a weighted sum of a window in time: y(t) = W [x(t s - before), x(t s - before + d), …] + b.
///
/// A frame is a vector of channels. Weights are [outputs, steps × channels]: the channels of a step vary fastest. Padding `same`
/// puts (span - 1) / 2 zeros before a sequence and the rest of span - 1 after it, `causal` all before, `valid` none; `pad_before` and
/// `pad_after` say it in numbers.
package struct Convolution1D: ConvolutionLayer {
  package static let kind = "convolution_1d"

  package let name: String
  package let output: FrameShape
  package let geometry: WindowGeometry
  package let times: TimeWindows
  package let hasBias: Bool
  package let weightNorm: WeightNorm
  package let paddingFrames: PaddingFrames

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    (geometry, times, hasBias, output) = try fields.convolution(axes: [place.featureCount])
    weightNorm = try fields.choice(
      "weight_norm", "what weights have lengths of their own", of: WeightNorm.self,
      default: WeightNorm.none)
    paddingFrames = try fields.choice(
      "padding_frames", "what stands beyond the ends of a batch's shorter sequences",
      of: PaddingFrames.self, default: PaddingFrames.none)
  }
}

/// The same over frames [height, channels], with windows in time and height: outputs are [height, channels] too.
///
/// A frame that is a vector counts as [height, 1]. `size`, `stride` and `dilation` are those of time and of height. Weights are
/// [outputs, steps in time × steps in height × channels].
package struct Convolution2D: ConvolutionLayer {
  package static let kind = "convolution_2d"

  package let name: String
  package let output: FrameShape
  package let geometry: WindowGeometry
  package let times: TimeWindows
  package let hasBias: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    (geometry, times, hasBias, output) = try fields.convolution(
      axes: place.axes(2, "[height, channels]"))
  }
}

/// The same over frames [height, width, channels], with windows in time, height and width.
///
/// Weights are [outputs, steps in time × steps in height × steps in width × channels].
package struct Convolution3D: ConvolutionLayer {
  package static let kind = "convolution_3d"

  package let name: String
  package let output: FrameShape
  package let geometry: WindowGeometry
  package let times: TimeWindows
  package let hasBias: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    (geometry, times, hasBias, output) = try fields.convolution(
      axes: place.axes(3, "[height, width, channels]"))
  }
}

extension LayerPlace {
  /// The axes of a frame, `count` of them; one channel where the last is missing.
  fileprivate func axes(
    _ count: Int, _ expected: String
  ) throws(DescriptionProblem) -> [Int] {
    let axes = input.axes.count < count ? input.axes + [1] : input.axes
    guard axes.count == count else {
      throw DescriptionProblem(field: "inputs", found: "frames \(input)", expected: expected)
    }
    return axes
  }
}

extension FieldReader {
  /// The fields of convolutions in time and in all `axes` of a frame but the last, the channels.
  fileprivate mutating func convolution(
    axes: [Int]
  ) throws(DescriptionProblem) -> (WindowGeometry, TimeWindows, hasBias: Bool, FrameShape) {
    let channels = try integer("channels", "a number of outputs")
    var geometry = try windows(axes, strides: axes.map { _ in 1 })
    geometry.groups = try groups(of: geometry.channels, to: channels)
    let times = try timeWindows(geometry)
    if axes.count > 1 { try readFrameWindows(&geometry, padding: .same) }
    let bias = try flag("bias", "whether a bias is added", default: true)
    let lengths = [geometry.outputHeight, geometry.outputWidth].prefix(axes.count - 1)
    return (geometry, times, bias, FrameShape(lengths + [channels]))
  }
}

extension FieldReader {
  /// In how many groups `channels` are that make `outputs`.
  fileprivate mutating func groups(of channels: Int, to outputs: Int) throws(DescriptionProblem)
    -> Int
  {
    let groups = try integer("groups", "a number of groups of channels", default: 1)
    guard channels % groups == 0, outputs % groups == 0 else {
      throw DescriptionProblem(
        field: "groups", found: "\(groups) groups of \(channels) channels to \(outputs)",
        expected: "a number that divides both")
    }
    return groups
  }
}

/// The common part of convolutions of all dimensions.
package protocol ConvolutionLayer: Layer {
  var geometry: WindowGeometry { get }
  var times: TimeWindows { get }
  var hasBias: Bool { get }
  var weightNorm: WeightNorm { get }
  var paddingFrames: PaddingFrames { get }
}

extension ConvolutionLayer {
  package var weightNorm: WeightNorm { .none }
  package var paddingFrames: PaddingFrames { .none }

  private var outputChannels: Int { output.axes[output.axes.count - 1] }

  package var timing: LayerTiming { times.timing }

  package var canStream: Bool { !times.fitsLength }

  package var summary: String {
    let sizes = [geometry.size, geometry.heightSize, geometry.widthSize]
    let size = sizes.prefix(sizes.lastIndex { $0 > 1 }.map { $0 + 1 } ?? 1)
      .map { "\($0)" }.joined(separator: " × ")
    let groups = geometry.groups > 1 ? ", \(geometry.groups) groups" : ""
    return "\(Self.kind) \(name), \(outputChannels), size \(size), stride \(geometry.stride)"
      + groups
  }

  /// A part of the windows is gathered at a time.
  package var memory: MemoryNeed {
    MemoryNeed(kept: output.count, working: 2 * output.count + geometry.columnCount)
  }

  package var parameters: [ParameterSpecification] {
    let columns = geometry.columnCount
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [outputChannels, columns],
      initializer: .glorotUniform(
        fanIn: columns,
        fanOut: outputChannels / geometry.groups * geometry.stepCount),
      isProductWeight: geometry.groups == 1 && weightNorm == .none)
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [outputChannels], initializer: .zeros)
    let lengths = ParameterSpecification(
      name: "\(name).weight_norm",
      shape: [weightNorm.count(outputs: outputChannels, steps: geometry.size)], initializer: .ones)
    return [weight] + (hasBias ? [bias] : []) + (weightNorm == .none ? [] : [lengths])
  }

  /// Weights as they are multiplied, then the bias.
  package func multiplied(_ weights: LayerWeights) -> LayerWeights {
    guard weightNorm != .none, let lengths = parameters.indices.last else { return weights }
    let own = weightNorm.weights(weights[0], weights[lengths])
    return LayerWeights([own] + (hasBias ? [weights[1]] : []))
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let lengths = input.lengths
    let seen = paddingFrames.seen(input)
    var output = output(
      seen, multiplied(weights), counts: seen.lengths.map(timing.outputLength),
      before: times.before(seen.frameCount), pass)
    output.lengths = lengths.map(timing.outputLength)
    return LayerOutput(output, saved: Saved([seen.values], lengths: lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    guard canStream else {
      return collected(&inputs, weights, states: &states, isLast: isLast, pass)
    }
    let (frames, counts) = times.take(inputs.takeFirst(), &states, isLast: isLast)
    return output(frames, multiplied(weights), counts: counts, before: 0, pass)
  }

  /// The first `counts` windows of each sequence.
  private func output(
    _ input: Sequences, _ weights: LayerWeights, counts: [Int], before: Int, _ pass: Pass
  ) -> Sequences {
    if let windows = depthwise(before) {
      return pass.compute.depthwise(
        input, weights[0].transposedMatrix, bias: hasBias ? weights[1] : nil, windows,
        counts: counts)
    }
    if let direct = direct(before, pass), case .tensor(let weight) = weights.matrix(0) {
      let output = pass.compute.convolution(
        input, weight, bias: hasBias ? weights[1] : nil, direct, counts: counts)
      return Sequences(output, lengths: counts)
    }
    if let output = outputOfStretches(input, weights, counts: counts, before: before, pass) {
      return output
    }
    let (frames, rows) = (counts.max() ?? 0, input.count * geometry.placeCount)
    var output = Tensor(unwritten: [frames, input.count, output.count])
    let width = outputChannels / geometry.groups
    for range in parts(of: frames, batch: input.count) {
      for group in 0..<geometry.groups {
        let windows = pass.compute.windows(
          range, of: input, geometry, before: before, group: group)
        let columns = group * width..<(group + 1) * width
        let part = pass.compute.affine(
          windows, weight(weights, columns), hasBias ? bias(weights, columns) : nil)
        var matrix = Tensor(unwritten: [0])
        swap(&matrix, &output)
        matrix.reshape([frames * rows, outputChannels])
        pass.compute.setColumns(
          columns, rowOffset: range.lowerBound * rows, of: &matrix, to: part)
        matrix.reshape([frames, input.count, self.output.count])
        swap(&matrix, &output)
      }
    }
    return Sequences(output, lengths: counts)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    guard weightNorm != .none, let last = gradients.indices.last else {
      return backwards(gradient, saved, weights, gradients: &gradients, wanted: wanted, pass)
    }
    var own = Array(gradients.dropLast())
    own[0] = Tensor(shape: own[0].shape)
    let result = backwards(
      gradient, saved, multiplied(weights), gradients: &own, wanted: wanted, pass)
    var lengths = gradients.removeLast()
    weightNorm.addGradients(of: own[0], weights[0], weights[last], to: &gradients[0], &lengths)
    if hasBias { gradients[1] = own[1] }
    gradients.append(lengths)
    return result
  }

  private func backwards(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let lengths = saved.lengths
    let seen = paddingFrames.seen(lengths, frameCount: saved.tensors[0].shape[0])
    var result = backwards(
      gradient, Sequences(saved.tensors[0], lengths: seen), weights, gradients: &gradients,
      wanted: wanted, pass)
    if paddingFrames == .zero, wanted[0] { result[0].clear(beyond: lengths) }
    return result
  }

  private func backwards(
    _ gradient: consuming Tensor, _ input: Sequences, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let (frames, rows) = (gradient.shape[0], input.count * geometry.placeCount)
    let before = times.before(input.frameCount)
    gradient.reshape([frames * rows, outputChannels])
    if hasBias { pass.compute.addColumnSums(of: gradient, to: &gradients[1]) }
    var inputGradient = Tensor(shape: wanted[0] ? input.values.shape : [0, 0, 0])
    if let windows = depthwise(before) {
      var sums = Tensor(shape: [geometry.size, outputChannels])
      inputGradient = pass.compute.depthwiseGradient(
        gradient, input, weights[0].transposedMatrix, windows,
        counts: input.lengths.map(timing.outputLength), weightGradient: &sums,
        isInputWanted: wanted[0])
      gradients[0].add(sums.transposedMatrix)
      return [inputGradient]
    }
    if let direct = direct(before, pass) {
      return [
        directGradient(
          gradient, input, direct, weights, &gradients[0], isInputWanted: wanted[0], pass)
      ]
    }
    let width = outputChannels / geometry.groups
    for range in parts(of: frames, batch: input.count) {
      for group in 0..<geometry.groups {
        let columns = group * width..<(group + 1) * width
        let own = pass.compute.columns(
          columns, rows: range.lowerBound * rows..<range.upperBound * rows, of: gradient)
        let windows = pass.compute.windows(
          range, of: input, geometry, before: before, group: group)
        addWeightGradient(own, windows, columns, &gradients[0], pass)
        guard wanted[0] else { continue }
        var windowGradient = Tensor(unwritten: windows.shape)
        pass.compute.product(own, weights[0].part(columns), into: &windowGradient)
        pass.compute.addWindows(
          windowGradient, range, to: &inputGradient, lengths: input.lengths, geometry,
          before: before, group: group)
      }
    }
    return [inputGradient]
  }

  private func directGradient(
    _ gradient: Tensor, _ input: Sequences, _ direct: DirectConvolution, _ weights: LayerWeights,
    _ sum: inout Tensor, isInputWanted: Bool, _ pass: Pass
  ) -> Tensor {
    let counts = input.lengths.map(timing.outputLength)
    var gradient = gradient
    gradient.reshape([gradient.count / (input.count * output.count), input.count, output.count])
    pass.compute.addConvolutionWeightGradient(gradient, input, direct, counts: counts, to: &sum)
    guard isInputWanted else { return Tensor(shape: [0, 0, 0]) }
    return pass.compute.convolutionInputGradient(
      gradient, shape: input.values.shape, lengths: input.lengths, weights[0], direct,
      counts: counts)
  }

  private func addWeightGradient(
    _ gradient: Tensor, _ windows: Tensor, _ columns: Range<Int>, _ sum: inout Tensor, _ pass: Pass
  ) {
    guard geometry.groups > 1 else {
      return pass.compute.product(
        gradient, aTransposed: true, windows, accumulating: true, into: &sum)
    }
    var part = sum.rowRange(columns)
    pass.compute.product(gradient, aTransposed: true, windows, accumulating: true, into: &part)
    pass.compute.setColumns(
      0..<sum.columnCount, rowOffset: columns.lowerBound, of: &sum, to: part)
  }

  /// Where each channel is convolved for itself alone, how; nil elsewhere.
  private func depthwise(_ before: Int) -> DepthwiseWindows? {
    let isAlone =
      geometry.groups > 1 && geometry.groups == geometry.channels
      && outputChannels == geometry.channels
    guard isAlone, output.axes.count == 1 else { return nil }
    return DepthwiseWindows(
      size: geometry.size, dilation: geometry.dilation, stride: geometry.stride, before: before)
  }

  /// How windows are read in place; nil if they are gathered.
  private func direct(_ before: Int, _ pass: Pass) -> DirectConvolution? {
    DirectConvolution(
      geometry, outputs: outputChannels, before: before, for: pass.compute)
  }

  /// Windows are gathered in parts of this many numbers.
  private func parts(of frames: Int, batch: Int) -> [Range<Int>] {
    let numbers = max(batch * geometry.placeCount * geometry.columnCount, 1)
    let length = max(1, (1 << 20) / numbers)
    return stride(from: 0, to: frames, by: length).map { $0..<min($0 + length, frames) }
  }

  private func weight(_ weights: LayerWeights, _ columns: Range<Int>) -> Weight {
    geometry.groups == 1 ? weights.matrix(0) : .tensor(weights[0].rowRange(columns))
  }

  private func bias(_ weights: LayerWeights, _ columns: Range<Int>) -> Tensor {
    guard geometry.groups > 1 else { return weights[1] }
    return Tensor(shape: [columns.count], values: Array(weights[1].values[columns]))
  }
}

extension Tensor {
  /// Rows `range`, or the whole where they are all.
  fileprivate func part(_ range: Range<Int>) -> Tensor {
    range == 0..<rowCount ? self : rowRange(range)
  }

  /// The transpose of a matrix.
  fileprivate var transposedMatrix: Tensor {
    let (rows, columns) = (rowCount, columnCount)
    var result = Tensor(unwritten: [columns, rows])
    let (source, target) = unsafe (pointer, result.mutablePointer)
    for row in 0..<rows {
      for column in 0..<columns {
        unsafe target[column * rows + row] = source[row * columns + column]
      }
    }
    return result
  }
}
