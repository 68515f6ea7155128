/// Computes feature frames of sound that arrives piece by piece.
///
/// However the samples are cut into pieces, the frames are those that `FeatureExtractor` makes of the whole.
///
///     samples:  ├─ window ─────┤                 emitted as soon as its last sample is there
///               ├ step ┤─ window ─────┤
///     kept:            └ from the next window's start on: less than a window
public struct StreamingFeatureExtractor: Sendable {
  private let extractor: FeatureExtractor
  private var workspace: FeatureExtractor.Workspace
  private var pending: [Float] = []

  /// Samples that lie between the last window's start and the next one's but have not come yet.
  private var skipCount = 0

  /// Starts a stream of sound at the settings' sample rate.
  public init(_ extractor: FeatureExtractor) {
    self.extractor = extractor
    workspace = extractor.makeWorkspace()
  }

  /// Takes the next `samples` and gives the frames that they complete, possibly none.
  public mutating func feed(_ samples: [Float]) -> FeatureMatrix {
    let skipped = min(skipCount, samples.count)
    skipCount -= skipped
    pending.append(contentsOf: samples.dropFirst(skipped))
    let settings = extractor.settings
    let frameCount = settings.frameCount(sampleCount: pending.count)
    let frames = self.frames(frameCount)
    let nextStart = frameCount * settings.stepLength
    skipCount += max(0, nextStart - pending.count)
    pending.removeFirst(min(nextStart, pending.count))
    return frames
  }

  /// Ends the sound; the stream is then ready for another one.
  ///
  /// By default nothing comes of the samples that fill no window, as with a whole file. With `paddingLastWindow`, zeros
  /// complete them to one more frame, which is what DeepSpeech's native client does.
  public mutating func finish(paddingLastWindow: Bool = false) -> FeatureMatrix {
    defer {
      pending = []
      skipCount = 0
    }
    guard paddingLastWindow, !pending.isEmpty else { return frames(0) }
    let missing = extractor.settings.windowLength - pending.count
    pending.append(contentsOf: repeatElement(0, count: missing))
    return frames(1)
  }

  /// The first `count` frames of the pending samples.
  private mutating func frames(_ count: Int) -> FeatureMatrix {
    let settings = extractor.settings
    var values: [Float] = []
    values.reserveCapacity(count * settings.featureCount)
    for frame in 0..<count {
      extractor.append(
        pending, from: frame * settings.stepLength, to: &values, workspace: &workspace)
    }
    return FeatureMatrix(frameCount: count, featureCount: settings.featureCount, values: values)
  }
}
