import ParlaDescriptions
import ParlaNeuralNetwork

/// Convolutions and pooling.
extension NetworkBuilder {
  /// The parameters of a layer with windows for one axis.
  private struct Axis {
    let size: Int
    let stride: Int
    /// Zeros before and after; nil where they depend on how long a sequence is.
    let pads: [Int]?
    /// How many windows there are; nil where sequences differ.
    let count: Int?
  }

  /// The position of windows with a `same` border, for each backend.
  private func pads(_ length: Int?, _ size: Int, _ stride: Int) throws(KurError) -> [Int]? {
    if conventions.isPyTorch {
      guard size % 2 == 1 else {
        throw failure("size \(size) with border: same", "an odd size, or border: valid")
      }
      return [size / 2, size / 2]
    }
    if conventions.isTheano { return [size / 2, size - 1 - size / 2] }
    guard let length else { return stride == 1 ? [(size - 1) / 2, size / 2] : nil }
    let count = (length + stride - 1) / stride
    let total = max((count - 1) * stride + size - length, 0)
    return [total / 2, total - total / 2]
  }

  private func axes(
    _ container: KurContainer, _ shape: [Int?]
  ) throws(KurError) -> [Axis] {
    let sizes = integers(container, "size")
    let strides = integers(container, "strides")
    guard shape.count == sizes.count + 1 else {
      throw failure(
        "\(sizes.count) sizes for frames of \(shape.count) axes",
        "\(shape.count - 1): one for each axis but the last")
    }
    let isSame = container.parameters["border"]?.string == "same"
    var axes: [Axis] = []
    for (index, size) in sizes.enumerated() {
      guard size > 0, strides[index] > 0, size <= 1 << 12, strides[index] <= 1 << 12 else {
        throw failure("size \(size) with strides \(strides[index])", "numbers from 1 to 4096")
      }
      let length = shape[index]
      let pads = isSame ? try pads(length, size, strides[index]) : [0, 0]
      let room = length.flatMap { length in pads.map { length + $0[0] + $0[1] - size } }
      if let room, room < 0 {
        throw failure(
          "a window of \(size) on an axis of \(length ?? 0)", "a smaller size, or border: same")
      }
      axes.append(
        Axis(
          size: size, stride: strides[index], pads: pads,
          count: room.map { $0 / strides[index] + 1 }))
    }
    return axes
  }

  private func integers(_ container: KurContainer, _ name: String) -> [Int] {
    container.parameters[name]?.sequence?.compactMap(\.integer) ?? []
  }

  /// The fields of windows on `axes`, of which the first is time where there is time.
  private func fields(_ axes: [Axis], isSequence: Bool) -> [String: FieldValue] {
    var all = axes
    if !isSequence { all.insert(Axis(size: 1, stride: 1, pads: [0, 0], count: 1), at: 0) }
    var fields: [String: FieldValue] = [
      "size": FieldValue.steps(all.map(\.size)), "stride": FieldValue.steps(all.map(\.stride)),
    ]
    if let pads = all[0].pads {
      fields["padding"] = .text("valid")
      fields["pad_before"] = .integer(pads[0])
      fields["pad_after"] = .integer(pads[1])
    } else {
      fields["padding"] = .text("tensorflow")
    }
    let inner = all.dropFirst().flatMap { $0.pads ?? [0, 0] }
    if !inner.isEmpty {
      fields["frame_pads"] = .integers(inner + [0, 0, 0, 0].dropFirst(inner.count))
    }
    return fields
  }

  /// The output of windows on `axes`, with this many channels.
  private func value(
    _ node: String, _ input: NetworkValue, _ axes: [Axis], channels: Int
  ) -> NetworkValue {
    var counts = axes.map(\.count)
    let frameCount = input.isSequence ? counts.removeFirst() : nil
    return NetworkValue(
      node: node, isSequence: input.isSequence, frameCount: frameCount,
      axes: counts.compactMap(\.self) + [channels])
  }

  mutating func pool(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let axes = try axes(container, input.shape)
    guard axes.count <= (input.isSequence ? 3 : 2) else {
      throw failure("\(axes.count) dimensions inside of parallel", "at most two")
    }
    var fields = fields(axes, isSequence: input.isSequence)
    fields["type"] = .text(container.parameters["pooltype"]?.string ?? "max")
    return value(
      node("pooling", fields, of: [input]), input, axes, channels: input.axes.last ?? 1)
  }

  mutating func convolution(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let axes = try axes(container, input.shape)
    let kernels = container.parameters["kernels"]?.integer ?? 0
    guard kernels > 0, kernels <= 1 << 20 else {
      throw failure("\(kernels) kernels", "a number from 1 to 1048576")
    }
    let dimensions = axes.count + (input.isSequence ? 0 : 1)
    guard dimensions <= 3 else {
      throw failure("\(axes.count) dimensions inside of parallel", "at most two")
    }
    let isSeparable = container.parameters["separable"]?.isTrue == true
    let isHighway = container.parameters["highway"]?.isTrue == true
    if (isSeparable || isHighway) && conventions.isKeras {
      throw failure(
        isHighway ? "highway: yes" : "separable: yes",
        "a layer that Keras has; PyTorch's backend has it")
    }
    let channels = input.axes.last ?? 1
    var fields = fields(axes, isSequence: input.isSequence)
    fields["channels"] = .integer(kernels)
    if isSeparable {
      guard kernels % channels == 0 else {
        throw failure("\(kernels) kernels of \(channels) channels", "a multiple")
      }
      fields["groups"] = .integer(channels)
    }
    let kind = "convolution_\(dimensions)d"
    func shape(_ node: String) -> KurWeight.Kernel {
      KurWeight.Kernel(
        node: node, sizes: axes.map(\.size), inputs: isSeparable ? 1 : channels, outputs: kernels)
    }
    let main = node(kind, fields, of: [input], hasWeights: true)
    let result = value(main, input, axes, channels: kernels)
    guard isHighway else {
      addConvolutionWeights(shape(main))
      return result
    }
    let gate = node(kind, fields, of: [input], hasWeights: true)
    addConvolutionWeights(shape(main), suffix: "_H")
    addConvolutionWeights(shape(gate), suffix: "_T")
    guard result.shape == input.shape else {
      throw failure(
        "a highway from \(input.shape) to \(result.shape)", "the same shape on both ends")
    }
    var merged = result
    merged.node = node(
      "highway_merge", of: [input, result, value(gate, input, axes, channels: kernels)])
    return merged
  }
}

extension FieldValue {
  /// Steps in all directions; those in time alone are one number.
  fileprivate static func steps(_ values: [Int]) -> FieldValue {
    values.count == 1 ? .integer(values[0]) : .integers(values)
  }
}
