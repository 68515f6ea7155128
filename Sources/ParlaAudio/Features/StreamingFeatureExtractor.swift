/// Computes feature frames of sound that arrives piece by piece.
///
/// However the samples are cut into pieces, the frames are those that `FeatureExtractor` makes of the whole.
///
///     samples:  ├─ window ─────┤                 emitted as soon as its last sample is there
///               ├ step ┤─ window ─────┤
///     kept:            └ from the next window's start on: less than a window
public struct StreamingFeatureExtractor: Sendable {
  private let grid: FrameGrid
  private let featureCount: Int
  private let waitsForTheEnd: Bool
  private let fillsLastWindow: Bool

  /// One computation, behind an array so that a stream's state stays small.
  private var computation: [any FrameComputation]
  private var normalization: FrameNormalization.State
  private var pending: [Float]

  /// Frames that wait for the end, where they are normalised over the whole.
  private var waiting: [Float] = []

  /// Samples between the last window's start and the next one's that have not arrived yet.
  private var skipCount = 0

  /// Starts a stream of sound at the settings' sample rate.
  public init(_ extractor: FeatureExtractor) {
    grid = extractor.settings.frontEnd.grid
    pending = grid.silence
    featureCount = extractor.settings.featureCount
    waitsForTheEnd = extractor.settings.normalization.needsWhole
    fillsLastWindow = extractor.settings.frontEnd.fillsLastWindow
    computation = [extractor.makeComputation()]
    normalization = extractor.makeNormalization()
  }

  /// Takes the next `samples` and gives the frames that they complete, possibly none.
  public mutating func feed(_ samples: [Float]) -> FeatureMatrix {
    let skipped = min(skipCount, samples.count)
    skipCount -= skipped
    pending.append(contentsOf: samples.dropFirst(skipped))
    let frameCount = grid.frameCount(sampleCount: pending.count - grid.historyLength)
    let frames = normalized(computed(frameCount), isLast: false)
    let nextStart = frameCount * grid.stepLength
    skipCount += max(0, nextStart - pending.count)
    pending.removeFirst(min(nextStart, pending.count))
    return frames
  }

  /// Ends the sound; the stream is then ready for another one.
  ///
  /// By default nothing comes of the samples that fill no window, as with a whole file. With `paddingLastWindow`, zeros
  /// complete them to one more frame, which is what DeepSpeech's native client does, unless the front end has it otherwise.
  public mutating func finish(paddingLastWindow: Bool = false) -> FeatureMatrix {
    defer {
      pending = grid.silence
      skipCount = 0
      normalization.reset()
    }
    guard paddingLastWindow, fillsLastWindow, pending.count > grid.historyLength else {
      var rest: [Float] = []
      if waitsForTheEnd { computation[0].appendRest(pending, from: 0, to: &rest) }
      return normalized([], isLast: true, rest: rest)
    }
    let missing = grid.historyLength + grid.windowLength - pending.count
    pending.append(contentsOf: repeatElement(0, count: missing))
    return normalized(computed(1), isLast: true)
  }

  /// The first `count` frames of the pending samples.
  private mutating func computed(_ count: Int) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count * featureCount)
    for frame in 0..<count {
      computation[0].append(pending, from: frame * grid.stepLength, to: &values)
    }
    return values
  }

  private mutating func normalized(
    _ values: [Float], isLast: Bool, rest: [Float] = []
  ) -> FeatureMatrix {
    var values = values
    if waitsForTheEnd {
      waiting += values
      values = isLast ? waiting : []
      if isLast { waiting = [] }
    }
    normalization.normalize(&values, rest: rest)
    return FeatureMatrix(values, featureCount: featureCount)
  }
}
