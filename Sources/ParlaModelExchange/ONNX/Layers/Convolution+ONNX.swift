import ParlaAcousticModel
import ParlaNeuralNetwork

extension Convolution1D: ONNXLayer {}
extension Convolution2D: ONNXLayer {}
extension Convolution3D: ONNXLayer {}

extension ONNXLayer where Self: ConvolutionLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let (frames, count) = graph.windows(times, of: inputs[0])
    let kernel = graph.kernel(
      weights, multiplied(LayerWeights(weights.tensors))[0], geometry,
      axisCount: output.axes.count)
    let bias = hasBias ? [graph.tensor(weights, 1)] : []
    let planes = ONNXPlanes(geometry, axisCount: output.axes.count)
    let convolved = graph.add(
      "Conv", [graph.channelsFirst(frames, planes), kernel] + bias,
      planes.attributes(geometry) + [.int("group", geometry.groups)])
    return graph.first(count, of: graph.channelsLast(convolved, output))
  }
}

extension RowConvolution: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let channels = output.count
    let (frames, count) = graph.windows(times, of: inputs[0])
    let (tensor, size) = (weights[0], size)
    let kernel = graph.weight(
      unsafe ExportedTensor(name: weights.names[0], shape: [channels, 1, size]) { row, target in
        for step in 0..<size { unsafe target[step] = tensor.pointer[step * channels + row] }
      })
    let bias = hasBias ? [graph.tensor(weights, 1)] : []
    let convolved = graph.add(
      "Conv", [graph.transposed(frames, [1, 2, 0]), kernel] + bias,
      [.int("group", channels)])
    return graph.first(count, of: graph.transposed(convolved, [2, 0, 1]))
  }
}

extension Pooling: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let planes = ONNXPlanes(geometry, axisCount: output.axes.count)
    let pads = planes.pads(geometry)
    let sizes = [geometry.size, geometry.heightSize, geometry.widthSize]
    let isWithin = pads.enumerated().allSatisfy { $1 < sizes[$0 % (pads.count / 2)] }
    guard isWithin, max(times.before, times.after) < times.span else {
      throw .notExpressible(
        format: "ONNX", found: "\(Self.kind) (\(name)) whose windows may be outside all frames",
        expected: "less padding than a window has steps")
    }
    let isMax = type == .max
    let (frames, count) = graph.windows(
      times, of: inputs[0], filling: isMax ? -Float.infinity : 0)
    let attributes = planes.attributes(geometry, isDilated: false)
    let pooled = graph.add(
      isMax ? "MaxPool" : "AveragePool", [graph.channelsFirst(frames, planes)], attributes)
    let values = graph.first(count, of: graph.channelsLast(pooled, output))
    guard !isMax, times.fitsLength || times.before + times.after > 0 else { return values }
    // Positions beyond a recording do not count: the mean is divided by the share inside.
    let ones = graph.add(
      "Expand", [graph.number(1), graph.add("Shape", [inputs[0].value])])
    let (within, _) = graph.windows(
      times,
      of: ONNXFrames(
        value: ones, shape: inputs[0].shape, schedule: inputs[0].schedule,
        lengths: inputs[0].lengths))
    let shares = graph.add("AveragePool", [graph.channelsFirst(within, planes)], attributes)
    return graph.add("Div", [values, graph.first(count, of: graph.channelsLast(shares, output))])
  }
}

/// The axes of a frame but the last, its channels: those that windows move along in addition to time.
private struct ONNXPlanes {
  let lengths: [Int]
  let channels: Int

  init(_ geometry: WindowGeometry, axisCount: Int) {
    lengths = Array([geometry.inputHeight, geometry.inputWidth].prefix(axisCount - 1))
    channels = geometry.channels
  }

  /// Zeros before each axis, including time, then after each; those in time are already in the frames.
  func pads(_ geometry: WindowGeometry) -> [Int] {
    let starts = [geometry.top, geometry.left]
    let spans = [
      (geometry.outputHeight - 1) * geometry.heightStride
        + (geometry.heightSize - 1) * geometry.heightDilation + 1,
      (geometry.outputWidth - 1) * geometry.widthStride
        + (geometry.widthSize - 1) * geometry.widthDilation + 1,
    ]
    let ends = lengths.indices.map { max(0, spans[$0] - starts[$0] - lengths[$0]) }
    return [0] + starts.prefix(lengths.count) + [0] + ends
  }

  func attributes(
    _ geometry: WindowGeometry, isDilated: Bool = true
  ) -> [Onnx_AttributeProto] {
    let count = lengths.count + 1
    let sizes = [geometry.size, geometry.heightSize, geometry.widthSize]
    let strides = [geometry.stride, geometry.heightStride, geometry.widthStride]
    let dilations = [geometry.dilation, geometry.heightDilation, geometry.widthDilation]
    return [
      .ints("kernel_shape", Array(sizes.prefix(count))),
      .ints("strides", Array(strides.prefix(count))), .ints("pads", pads(geometry)),
    ] + (isDilated ? [.ints("dilations", Array(dilations.prefix(count)))] : [])
  }
}

extension ONNXGraph {
  /// [time, batch, …, channels] as [batch, channels, time, …].
  fileprivate mutating func channelsFirst(
    _ frames: ONNXValue, _ planes: ONNXPlanes
  ) -> ONNXValue {
    let count = planes.lengths.count
    let rows = count == 0 ? frames : shaped(frames, planes.lengths + [planes.channels])
    return transposed(rows, [1, 2 + count, 0] + (0..<count).map { 2 + $0 })
  }

  /// The reverse, for frames of `output`.
  fileprivate mutating func channelsLast(_ value: ONNXValue, _ output: FrameShape) -> ONNXValue {
    let count = output.axes.count - 1
    let rows = transposed(value, [2, 0] + (0..<count).map { 3 + $0 } + [1])
    return count == 0 ? rows : shaped(rows, [output.count])
  }

  /// Weights [outputs, steps × channels] as [outputs, channels, steps in time, …].
  fileprivate mutating func kernel(
    _ weights: ONNXWeights, _ tensor: Tensor, _ geometry: WindowGeometry, axisCount: Int
  ) -> ONNXValue {
    let sizes = Array(
      [geometry.size, geometry.heightSize, geometry.widthSize].prefix(axisCount))
    let (channels, columns) = (geometry.channels / geometry.groups, tensor.columnCount)
    let last = sizes[sizes.count - 1]
    let outer = sizes.dropLast().reduce(1, *)
    let shape = [tensor.rowCount, channels] + sizes
    return productWeight(
      unsafe ExportedTensor(name: weights.names[0], shape: shape) { row, target in
        let (output, channel) = (row / (channels * outer), row / outer % channels)
        for step in 0..<last {
          let place = (row % outer * last + step) * channels + channel
          unsafe target[step] = tensor.pointer[output * columns + place]
        }
      }, outputs: 0, isProduct: weights.areOfProducts[0])
  }
}
