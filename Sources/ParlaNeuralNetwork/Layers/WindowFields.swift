import ParlaDescriptions

/// The padding beyond the ends of a sequence.
enum TimePadding: String, CaseIterable { case same, valid, causal, tensorflow }

/// The padding beyond the ends of a frame.
enum FramePadding: String, CaseIterable { case same, valid }

/// The fields of layers with windows: convolutions and pooling.
extension FieldReader {
  /// `size`, `stride` and `dilation` of windows in time and in all axes of a frame but the last.
  mutating func windows(
    _ axes: [Int], strides fallback: [Int]?, isDilated: Bool = true
  ) throws(DescriptionProblem) -> WindowGeometry {
    let what =
      axes.count == 1
      ? "in frames" : axes.count == 2 ? "in time and height" : "in time, height and width"
    let sizes = try integers(
      "size", "a window's steps \(what)", count: axes.count, in: 1...1 << 12)
    let strides = try integers(
      "stride", "steps from window to window \(what)", count: axes.count, in: 1...1 << 12,
      default: fallback ?? sizes)
    let dilations =
      try isDilated
      ? integers(
        "dilation", "steps from number to number \(what)", count: axes.count, in: 1...1 << 12,
        default: axes.map { _ in 1 }) : axes.map { _ in 1 }
    var geometry = WindowGeometry(
      size: sizes[0], dilation: dilations[0], stride: strides[0], channels: axes[axes.count - 1])
    if axes.count > 1 {
      (geometry.heightSize, geometry.heightStride, geometry.heightDilation) = (
        sizes[1], strides[1], dilations[1]
      )
      geometry.inputHeight = axes[0]
    }
    if axes.count > 2 {
      (geometry.widthSize, geometry.widthStride, geometry.widthDilation) = (
        sizes[2], strides[2], dilations[2]
      )
      geometry.inputWidth = axes[1]
    }
    return geometry
  }

  /// The windows in time.
  mutating func timeWindows(
    _ geometry: WindowGeometry, default fallback: TimePadding = .same
  ) throws(DescriptionProblem) -> TimeWindows {
    let more = geometry.span - 1
    let padding = try choice(
      "padding", "the padding beyond a sequence", of: TimePadding.self, default: fallback)
    let (before, after) =
      switch padding {
      case .same: (more / 2, more - more / 2)
      case .causal: (more, 0)
      case .valid: (0, 0)
      case .tensorflow: (0, more)
      }
    return TimeWindows(
      span: geometry.span, stride: geometry.stride,
      before: try integer("pad_before", "zeros before", in: 0...1 << 16, default: before),
      after: try integer("pad_after", "zeros after", in: 0...1 << 16, default: after),
      fitsLength: padding == .tensorflow && geometry.stride > 1)
  }

  /// The windows in height and width: their number, and the position of the first.
  mutating func readFrameWindows(
    _ geometry: inout WindowGeometry, padding: FramePadding
  ) throws(DescriptionProblem) {
    let isSame =
      try choice(
        "height_padding", "the padding beyond a frame", of: FramePadding.self,
        default: padding) == .same
    let spans = [
      (geometry.heightSize - 1) * geometry.heightDilation + 1,
      (geometry.widthSize - 1) * geometry.widthDilation + 1,
    ]
    let lengths = [geometry.inputHeight, geometry.inputWidth]
    var usual = [0, 0, 0, 0]
    if isSame {
      for (axis, span) in spans.enumerated() {
        usual[2 * axis] = (span - 1) / 2
        usual[2 * axis + 1] = span - 1 - (span - 1) / 2
      }
    }
    let pads = try integers(
      "frame_pads", "zeros above, below, left and right of a frame", count: 4, in: 0...1 << 12,
      default: usual)
    let rooms = spans.indices.map { axis in
      lengths[axis] + pads[2 * axis] + pads[2 * axis + 1] - spans[axis]
    }
    if let short = rooms.firstIndex(where: { $0 < 0 }) {
      let axis = ["height", "width"][short]
      throw DescriptionProblem(
        field: "size", found: "a window of \(axis) \(spans[short])",
        expected: "\(lengths[short]) at most, the \(axis) of a frame, or `height_padding: same`")
    }
    (geometry.top, geometry.left) = (pads[0], pads[2])
    geometry.outputHeight = rooms[0] / geometry.heightStride + 1
    geometry.outputWidth = rooms[1] / geometry.widthStride + 1
  }
}
