/// Feature frames on their way to a network that sees each with its neighbours.
///
/// A window is a frame with `contextFrameCount` frames before and after it, oldest first; it is available as soon as the last of
/// these frames is. The sound is padded with zero frames on both sides.
///
///     frames:   0 0 0 a b c d e f
///     windows:  └─ of a ─┘                context of 3: complete when d arrives
///                 └─ of b ─┘
package struct ContextWindows: Sendable {
  private let featureCount: Int
  private let contextFrameCount: Int
  private var values: [Float]
  /// Where the first window that was not taken starts.
  private var start = 0

  /// Starts with the zeros before the first frame.
  package init(_ settings: FeatureSettings) {
    self.init(featureCount: settings.featureCount, contextFrameCount: settings.contextFrameCount)
  }

  /// The same for frames of `featureCount` features, seen with `contextFrameCount` frames on each side.
  package init(featureCount: Int, contextFrameCount: Int) {
    self.featureCount = featureCount
    self.contextFrameCount = contextFrameCount
    values = [Float](repeating: 0, count: contextFrameCount * featureCount)
  }

  /// All windows of `recording`.
  package static func all(of recording: FeatureMatrix, contextFrameCount: Int) -> [Float] {
    var windows = ContextWindows(
      featureCount: recording.featureCount, contextFrameCount: contextFrameCount)
    windows.append(recording)
    windows.finish()
    return windows.take(windows.count)
  }

  /// How many numbers a window has.
  package var width: Int { featureCount * (2 * contextFrameCount + 1) }

  /// How many windows are complete and have not been taken.
  package var count: Int { max(0, (values.count - start) / featureCount - 2 * contextFrameCount) }

  /// Adds the next frames.
  package mutating func append(_ frames: FeatureMatrix) {
    precondition(frames.featureCount == featureCount, "frames of \(featureCount) features")
    values.append(contentsOf: frames.values)
  }

  /// Adds the zeros after the last frame.
  package mutating func finish() {
    values.append(contentsOf: repeatElement(0, count: contextFrameCount * featureCount))
  }

  /// Takes the first `count` windows: their frames and all context, window i being `width` numbers from i * features on.
  package mutating func take(_ count: Int) -> [Float] { take(count, advancing: count) }

  /// The same, of which those after the first `advance` are there for the next time.
  package mutating func take(_ count: Int, advancing advance: Int) -> [Float] {
    precondition(count >= 0 && count <= self.count && advance <= count, "complete windows")
    let length = (count - 1) * featureCount + width
    guard count > 0 else { return [] }
    let taken = Array(values[start..<start + length])
    start += advance * featureCount
    // What was taken is dropped now and then, so that a frame of a long recording is moved but a few times.
    if start > values.count / 2 {
      values.removeFirst(start)
      start = 0
    }
    return taken
  }
}
