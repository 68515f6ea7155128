import CKernels

/// A convolution whose windows are read in place.
///
/// For windows of whole lines of a frame, rows of a product are the places in height; for those of a vector, the places in time.
package struct DirectConvolution {
  let geometry: WindowGeometry
  let before: Int
  let outputs: Int

  /// Whether time takes the place of height.
  let isVector: Bool

  /// nil if gathered windows are faster, or if the layout requires gathering.
  ///
  /// `outputs` are the output channels of all groups.
  package init?(
    _ geometry: WindowGeometry, outputs: Int, before: Int, for compute: Compute
  ) {
    let features = geometry.inputHeight * geometry.inputWidth * geometry.channels
    isVector = features == geometry.channels && geometry.placeCount == 1
    guard outputs / geometry.groups <= Self.mostOutputs,
      geometry.stride == 1 || geometry.dilation == 1
    else {
      return nil
    }
    if isVector {
      guard geometry.dilation == 1, geometry.size > 1, geometry.stepCount == geometry.size else {
        return nil
      }
    } else {
      guard geometry.liesTogether(features: features), geometry.outputHeight >= Self.leastRows
      else { return nil }
    }
    self.geometry = geometry
    self.before = before
    self.outputs = outputs
    let rowNumbers = geometry.channels / geometry.groups * (isVector ? geometry.size : 1)
    guard rowNumbers * geometry.heightSize >= Self.leastDepth else { return nil }
    let plans = [forwards] + backwards
    guard plans.allSatisfy({ unsafe $0.fits(compute.kernel) }) else { return nil }
  }

  /// With more outputs than this, gathered windows and blocks of a whole product are faster.
  private static let mostOutputs = 256

  /// Fewer rows or numbers leave a product's registers idle.
  private static let leastRows = 4
  private static let leastDepth = 16

  var groups: Int { geometry.groups }
  var width: Int { geometry.channels / geometry.groups }
  var outputWidth: Int { outputs / geometry.groups }

  private var time: AxisWindows {
    AxisWindows(
      size: geometry.size, dilation: geometry.dilation, stride: geometry.stride, before: before)
  }

  private var height: AxisWindows {
    AxisWindows(
      size: geometry.heightSize, dilation: 1, stride: geometry.heightStride, before: geometry.top)
  }

  /// How outputs are made of the input.
  var forwards: ConvolutionPlan {
    var own = ConvolutionPlan(time: time, height: height, isTimeInHeight: isVector)
    (own.channels, own.outputs) = (width, outputWidth)
    own.lines = geometry.inputHeight
    return own
  }

  /// How the input's gradient is made of that of the outputs: for each remainder that places in time and height leave, divided by
  /// the strides, a convolution of the gradient.
  var backwards: [ConvolutionPlan] {
    (0..<geometry.stride).flatMap { first in
      (0..<geometry.heightStride).compactMap { firstLine in
        guard let t = time.reversed(first), let h = height.reversed(firstLine) else { return nil }
        var own = ConvolutionPlan(time: t.windows, height: h.windows, isTimeInHeight: isVector)
        (own.steps, own.lineSteps) = (t.steps, h.steps)
        (own.firstFrame, own.frameStep) = (first, geometry.stride)
        (own.firstLine, own.lineStep) = (firstLine, geometry.heightStride)
        (own.channels, own.outputs) = (outputWidth, width)
        own.lines = geometry.outputHeight
        return own
      }
    }
  }
}

/// Windows along an axis.
struct AxisWindows {
  var size: Int
  var dilation: Int
  var stride: Int
  var before: Int

  /// What finds its gradient at places `first`, `first` + stride, …: windows of the gradient of the outputs, and the steps whose
  /// weights they have; nil where no window comes.
  func reversed(_ first: Int) -> (windows: AxisWindows, steps: [Int])? {
    // Step k of window w is at place w stride - before + k dilation.
    let last = (first + before) % stride
    let count = size > last ? (size - 1 - last) / stride + 1 : 0
    guard count > 0 else { return nil }
    let spread = stride == 1 ? dilation : 1
    return (
      AxisWindows(
        size: count, dilation: spread, stride: 1,
        before: (count - 1) * spread - (first + before - last) / stride),
      (0..<count).map { last + stride * (count - 1 - $0) }
    )
  }
}

/// One pass of a convolution over sequences.
struct ConvolutionPlan {
  let time: AxisWindows
  let height: AxisWindows
  /// Whether places in time are the rows of products, and time takes the place of height.
  let isTimeInHeight: Bool
  var channels = 1
  var outputs = 1
  /// Lines that a frame of what is read has.
  var lines = 1
  /// The position of the output: the first frame and line, and the distances between them.
  var firstFrame = 0
  var frameStep = 1
  var firstLine = 0
  var lineStep = 1
  /// The steps in time and height that weights belong to, where they are not all in their order.
  var steps: [Int] = []
  var lineSteps: [Int] = []

  init(time: AxisWindows, height: AxisWindows, isTimeInHeight: Bool) {
    (self.time, self.height, self.isTimeInHeight) = (time, height, isTimeInHeight)
  }

  /// The part of a sequence of `length` frames that is read; rows start this many numbers apart.
  func convolution(length: Int, frameStride: Int, lineStride: Int) -> parla_convolution {
    if isTimeInHeight {
      return parla_convolution(
        length: 1, frame_stride: 0, height: length, line_stride: frameStride, channels: channels,
        size: 1, dilation: 1, stride: 1, before: 0, row_size: time.size, row_stride: time.stride,
        top: time.before)
    }
    return parla_convolution(
      length: length, frame_stride: frameStride, height: lines, line_stride: lineStride,
      channels: channels, size: time.size, dilation: time.dilation, stride: time.stride,
      before: time.before, row_size: height.size, row_stride: height.stride, top: height.before)
  }

  @unsafe func fits(_ kernel: OpaquePointer) -> Bool {
    var own = convolution(length: 1, frameStride: channels, lineStride: channels)
    return unsafe parla_convolution_fits(kernel, &own) != 0
  }
}

/// Frames of one group of one sequence, which a thread deals with at a time.
struct ConvolutionPiece {
  let number: Int
  let group: Int
  let range: Range<Int>
}

extension ConvolutionPlan {
  /// The number of numbers copied at a time, so that they stay in the L2 cache.
  private static let numbersTogether = 1 << 16

  func pieces(counts: [Int], groups: Int) -> [ConvolutionPiece] {
    let numbers = (isTimeInHeight ? 1 : lines + height.size) * channels * time.stride
    let span = (time.size - 1) * time.dilation + 1
    var length = max(Self.numbersTogether / numbers, 3 * span, 16)
    let all = counts.reduce(0) { $0 + ($1 + length - 1) / length } * groups
    if all > 0xffff { length *= (all + 0xfffe) / 0xffff + 1 }
    return counts.enumerated().flatMap { number, count in
      (0..<groups).flatMap { group in
        stride(from: 0, to: count, by: length).map {
          ConvolutionPiece(number: number, group: group, range: $0..<min($0 + length, count))
        }
      }
    }
  }
}
