import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaNeuralNetwork

/// All that a stream remembers: a value, so that a copy can be asked what would come if the sound ended here.
///
///     samples ──► extractor ──► windows ──► network ──► search
///                 < 1 window    < 1 step    cells       beam
struct StreamState: Sendable {
  private var extractor: StreamingFeatureExtractor
  private var windows: ContextWindows
  private var network = InferenceModel.State()
  private(set) var search: LabelSearch
  private let framesPerStep: Int
  private let holdsFramesBack: Bool
  private var overlapping: OverlappingWindows?

  /// How many samples were taken.
  private(set) var sampleCount = 0

  /// How many windows have gone through the network, or are on their way.
  private(set) var windowCount = 0

  private var hasEnded = false

  /// Whether the last step was taken.
  private(set) var isComplete = false

  init(_ recognizer: Recognizer, _ options: RecognitionOptions, _ search: LabelSearch) {
    extractor = StreamingFeatureExtractor(recognizer.extractor)
    windows = ContextWindows(recognizer.inference.description.features)
    self.search = search
    framesPerStep = options.framesPerStep
    holdsFramesBack = recognizer.inference.description.graph.holdsFramesBack
    overlapping = recognizer.inference.windows
  }

  /// Takes the next samples.
  mutating func take(_ samples: [Float]) {
    sampleCount += samples.count
    windows.append(extractor.feed(samples))
  }

  /// Takes the end: the last window filled up with zeros, and zeros for the frames after it, as DeepSpeech's client does.
  mutating func end() {
    guard !hasEnded else { return }
    hasEnded = true
    windows.append(extractor.finish(paddingLastWindow: true))
    windows.finish()
  }

  /// Takes what goes through the network next: at most `limit` windows, in whole steps until the end; nil while there is no step.
  mutating func nextStep(upTo limit: Int) -> NetworkStep? {
    guard !isComplete else { return nil }
    guard overlapping == nil else { return nextWindow() }
    let count = min(windows.count, max(limit, framesPerStep))
    guard hasEnded else { return step(count - count % framesPerStep) }
    isComplete = count == windows.count
    return step(count)
  }

  /// Takes the next of windows that overlap; nil while it is not there.
  private mutating func nextWindow() -> NetworkStep? {
    if hasEnded, windows.count == 0 {
      isComplete = true
      return nil
    }
    guard let window = overlapping?.next(available: windows.count, isEnded: hasEnded) else {
      return nil
    }
    isComplete = window.isLast
    windowCount += window.advance
    return NetworkStep(
      windows: windows.take(window.count, advancing: window.advance), count: window.count,
      isLast: true, kept: window.kept, state: InferenceModel.State())
  }

  private mutating func step(_ count: Int) -> NetworkStep? {
    // An end without windows says something only to layers that hold frames back.
    guard count > 0 || (isComplete && holdsFramesBack && windowCount > 0) else { return nil }
    defer { network = InferenceModel.State() }
    windowCount += count
    return NetworkStep(
      windows: windows.take(count), count: count, isLast: isComplete, kept: nil,
      state: network)
  }

  /// Decodes what has come of a step.
  mutating func finish(_ result: NetworkStep.Result) {
    network = result.state
    search.step(result.probabilities)
  }
}
