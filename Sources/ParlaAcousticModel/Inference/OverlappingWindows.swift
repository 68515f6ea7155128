import ParlaAudio
import ParlaNeuralNetwork

/// How sound of any length goes through a network whose frames attend to all others: in windows that overlap, of which only what is far
/// from their ends is kept.
///
///     frames:   ├──────────── window ───────────┤
///                               ├─ 2 margins ──┤
///                               ├──────────── window ───────────┤
///     kept:     ├──────────────────────┼────────────────────────┤
package struct OverlappingWindows: Sendable {
  /// One of them.
  package struct Window: Sendable, Equatable {
    /// How many frames go in.
    package let count: Int
    /// How many frames after its start the next one starts.
    package let advance: Int
    /// Which of the frames that come out are kept; to the last where it is the last window.
    package let kept: Range<Int>
    /// Whether the sound ends with it.
    package let isLast: Bool
  }

  /// The frames of a window at most, and of a margin; both whole numbers of frames that come out.
  package let length: Int
  private let margin: Int
  private let stride: Int
  private var isFirst = true

  /// Windows of the seconds that suit the network of `description`; nil where it can do without.
  package init?(_ description: ModelDescription, seconds: Double = 40, marginSeconds: Double = 4) {
    let graph = description.graph
    let position = graph.position()
    guard graph.nodes.contains(where: { $0.layer.growsWithSquare }), !position.isFixed else {
      return nil
    }
    let features = description.features
    let stride = position.stride
    func frames(_ seconds: Double) -> Int {
      let count = seconds * Double(features.sampleRate) / Double(features.stepLength)
      return max(1, Int(count) / stride) * stride
    }
    self.init(length: frames(seconds), margin: frames(marginSeconds), stride: stride)
  }

  /// Windows of `length` frames with margins of `margin`, of which `stride` go in for each that comes out.
  init(length: Int, margin: Int, stride: Int) {
    precondition(
      length % stride == 0 && margin % stride == 0 && length > 4 * margin, "whole frames")
    (self.length, self.margin, self.stride) = (length, margin, stride)
  }

  /// The next window, when `available` frames from its start on are there; nil where more must come first.
  package mutating func next(available: Int, isEnded: Bool) -> Window? {
    guard isEnded || available >= length else { return nil }
    let size = isEnded ? fairLength(available) : length
    let first = isFirst ? 0 : margin / stride
    isFirst = false
    guard size < available || !isEnded else {
      return Window(count: available, advance: available, kept: first..<Int.max, isLast: true)
    }
    return Window(
      count: size, advance: size - 2 * margin, kept: first..<(size - margin) / stride,
      isLast: false)
  }

  /// The frames of a window when the rest is divided evenly.
  private func fairLength(_ available: Int) -> Int {
    guard available > length else { return available }
    let step = length - 2 * margin
    let count = (available - 2 * margin + step - 1) / step
    let size = (available + (count - 1) * 2 * margin + count - 1) / count
    return min(length, (size + stride - 1) / stride * stride)
  }
}
