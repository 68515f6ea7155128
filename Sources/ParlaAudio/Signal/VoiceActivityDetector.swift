/// Distinguishes speech from silence and steady noise, in sound that arrives in chunks.
///
/// Every 10 ms it measures how loud the sound is between 100 and 4000 Hz:
///
/// - Loud means 8 dB above the background, the quietest moment of the last three seconds
///   (minimum statistics, Martin 2001, "Noise power spectral density estimation based on optimal
///   smoothing and minimum statistics").
/// - A level that stays within 3 dB for 0.6 s is background, however loud: hum, tones, wind.
/// - Speech starts with the first loud frame and ends half a second after the last one. It counts as
///   speech if it was voiced for 90 ms without interruption, unlike clicks and hisses: a spectral
///   flatness below 0.3.
///
/// Decisions depend only on past sound, so chunks of any size give the same events.
public struct VoiceActivityDetector: Sendable {
  /// What was noticed.
  public enum Event: Sendable, Equatable {
    /// Something loud began that may be speech, at this sample.
    case began(sample: Int)
    /// It was speech, and covers these samples, including 0.2 s before and 0.3 s after it.
    case ended(Range<Int>)
    /// It was something else.
    case dismissed
  }

  private let sampleRate: Int
  private var band: SpeechBand
  private var background = Background()
  private var utterance: Utterance?

  private var pending: [Float] = []
  private var frameIndex = 0
  private var sampleCount = 0

  /// Starts with sound of `sampleRate` hertz.
  public init(sampleRate: Int) {
    precondition(sampleRate > 0, "a sample rate is positive")
    self.sampleRate = sampleRate
    band = SpeechBand(sampleRate: sampleRate)
  }

  /// Processes the next `samples` in [-1, 1] and returns what began and ended.
  public mutating func feed(_ samples: [Float]) -> [Event] {
    var events: [Event] = []
    pending.append(contentsOf: samples)
    sampleCount += samples.count
    var start = 0
    while pending.count - start >= band.windowLength {
      advance(by: band.frame(pending, at: start), &events)
      start += band.stepLength
    }
    pending.removeFirst(min(start, pending.count))
    return events
  }

  /// Ends the sound and returns what ended with it; the detector is then ready for another sound.
  public mutating func finish() -> [Event] {
    var events: [Event] = []
    end(&events)
    self = VoiceActivityDetector(sampleRate: sampleRate)
    return events
  }

  private mutating func advance(by frame: SpeechBand.Frame, _ events: inout [Event]) {
    background.advance(by: frame.level)
    let isLoud = !background.isSteady && frame.level > background.threshold
    if background.isSteady { utterance?.forget(after: frameIndex - Background.steadyFrameCount) }
    if isLoud {
      if utterance == nil {
        utterance = Utterance(start: frameIndex)
        events.append(.began(sample: firstSample(of: frameIndex)))
      }
      utterance?.add(frameIndex, isVoiced: frame.flatness < Self.voicedFlatness)
    }
    utterance?.confirm(upTo: frameIndex - Background.steadyFrameCount)
    if let utterance, frameIndex - utterance.lastLoudFrame >= Self.hangoverFrameCount {
      end(&events)
    }
    frameIndex += 1
  }

  private mutating func end(_ events: inout [Event]) {
    guard var ended = utterance else { return }
    utterance = nil
    ended.confirm(upTo: frameIndex)
    guard ended.longestVoicedRun >= Self.voicedFrameCount else {
      events.append(.dismissed)
      return
    }
    let tail = band.windowLength + 3 * sampleRate / 10
    let last = min(sampleCount, ended.lastLoudFrame * band.stepLength + tail)
    events.append(.ended(firstSample(of: ended.start)..<last))
  }

  private func firstSample(of frame: Int) -> Int {
    max(0, frame * band.stepLength - sampleRate / 5)
  }

  private static let hangoverFrameCount = 50
  private static let voicedFrameCount = 9
  private static let voicedFlatness: Float = 0.3
}

// MARK: - Background

/// The loudness of the background.
private struct Background {
  static let steadyFrameCount = 60
  private static let steadyRange: Float = 3
  private static let smoothedFrameCount = 8
  private static let blockFrameCount = 30
  private static let margin: Float = 8
  /// Speech is louder than this, in decibels below full scale; so quiet is the background until it is known.
  private static let faintest: Float = -68

  private var lastLevels: [Float] = []
  private var smoothed: [Float] = []
  /// The quietest smoothed level of each of the last blocks of 0.3 s.
  private var minima = [Float](repeating: faintest, count: 10)
  private var blockMinimum = Float.infinity
  private var blockCount = 0

  /// Whether the level has not changed for a while.
  private(set) var isSteady = false

  /// The level above which a frame is loud.
  var threshold: Float {
    let floor = minima.reduce(blockMinimum) { min($0, $1) }
    return max(floor + Self.margin, Self.faintest)
  }

  mutating func advance(by level: Float) {
    lastLevels.append(level)
    if lastLevels.count > Self.smoothedFrameCount { lastLevels.removeFirst() }
    let mean = lastLevels.reduce(0, +) / Float(lastLevels.count)
    smoothed.append(mean)
    if smoothed.count > Self.steadyFrameCount { smoothed.removeFirst() }
    blockMinimum = min(blockMinimum, mean)
    blockCount += 1
    if blockCount == Self.blockFrameCount {
      minima.removeFirst()
      minima.append(blockMinimum)
      blockMinimum = .infinity
      blockCount = 0
    }
    let low = smoothed.reduce(Float.infinity) { min($0, $1) }
    let high = smoothed.reduce(-Float.infinity) { max($0, $1) }
    isSteady = smoothed.count == Self.steadyFrameCount && high - low < Self.steadyRange
    guard isSteady else { return }
    minima = minima.map { _ in low }
    blockMinimum = low
  }
}

// MARK: - Utterance

/// Loud frames without a long pause.
private struct Utterance {
  let start: Int

  /// The longest run of voiced frames without a break, among those that are confirmed.
  private(set) var longestVoicedRun = 0

  private var voicedRun = 0
  private var lastConfirmedFrame: Int
  /// Loud frames that may yet turn out to be steady.
  private var recent: [(frame: Int, isVoiced: Bool)] = []

  init(start: Int) {
    self.start = start
    lastConfirmedFrame = start
  }

  var lastLoudFrame: Int { recent.last?.frame ?? lastConfirmedFrame }

  mutating func add(_ frame: Int, isVoiced: Bool) { recent.append((frame, isVoiced)) }

  /// Takes back the frames after `frame`, which were no speech.
  mutating func forget(after frame: Int) {
    while let last = recent.last, last.frame > frame { recent.removeLast() }
  }

  /// Counts the frames up to `frame` for good.
  mutating func confirm(upTo frame: Int) {
    let confirmed = recent.prefix { $0.frame <= frame }
    for (index, isVoiced) in confirmed {
      let continues = index == lastConfirmedFrame + 1
      voicedRun = isVoiced ? (continues ? voicedRun : 0) + 1 : 0
      longestVoicedRun = max(longestVoicedRun, voicedRun)
      lastConfirmedFrame = index
    }
    recent.removeFirst(confirmed.count)
  }
}
