import ParlaAudio
package import ParlaDecoding
import ParlaFiles
import ParlaPlatform

/// Finds a text in a long recording: which of its passages are said, where, and how surely.
package struct RecordingAligner: Sendable {
  private let recognizer: Recognizer
  private let prices: TextAligner.Prices

  /// Recognises with `recognizer`.
  package init(_ recognizer: Recognizer, prices: TextAligner.Prices = .init()) {
    self.recognizer = recognizer
    self.prices = prices
  }

  /// The confidence above which a passage needs no check.
  ///
  /// With models of 25 % CER unspoken text stays below 0.02, and 98 % of what is spoken is above the threshold
  /// (`scripts/check-alignment`).
  package static let usualThreshold = 0.03

  /// A passage of the text that was found.
  package struct Passage: Sendable, Equatable {
    /// Which passage of the text.
    package let index: Int
    /// Where it is said, in seconds.
    package let seconds: Range<Double>
    /// How surely, from 0 to 1.
    package let confidence: Double
    /// How many of its words were found.
    package let foundWordCount: Int
  }

  /// The passages of `text` that seem to be said in the recording at `path`; `progress` receives the number of seconds processed.
  ///
  /// A few minutes of sound are in memory at a time, whatever the recording's length.
  ///
  /// - Throws: `AudioError`, `RecognitionError`.
  package func passages(
    of text: AlignmentText, in path: String, progress: (Double) -> Void = { _ in }
  ) throws -> [Passage] {
    let settings = recognizer.extractor.settings
    var aligner = TextAligner(
      text, blank: recognizer.alphabet.labelCount - 1, space: recognizer.alphabet.spaceLabel,
      prices: prices)
    var bounds = SoundBounds(sampleRate: settings.sampleRate)
    var reader = try SoundReader(path, sampleRate: settings.sampleRate)
    var cutter = RecordingCutter(
      sampleRate: settings.sampleRate, alignment: settings.stepLength, findsSpeech: true)
    var position = 0
    func process(_ ranges: [Range<Int>], _ aligner: inout TextAligner) {
      let pieces = ranges.flatMap { Self.parts(of: $0, settings) }
      let recognised = concurrentMap(
        pieces.map { Array(cutter.samples($0)) }, threadCount: recognizer.compute.threadCount
      ) { probabilities(of: $0) }
      for (piece, probabilities) in zip(pieces, recognised) {
        aligner.feed(
          probabilities, startFrame: Int(Double(piece.lowerBound) / samplesPerFrame))
      }
      cutter.drop(before: nil)
    }
    while let samples = try reader.next() {
      bounds.feed(samples)
      process(try cutter.feed(samples), &aligner)
      position += samples.count
      progress(Double(position) / Double(settings.sampleRate))
    }
    process(cutter.finish(), &aligner)
    bounds.finish()
    let perFrame = recognizer.secondsPerFrame
    return AlignedPassage.all(of: text, found: aligner.finish()).map { found in
      Passage(
        index: found.passage,
        seconds: bounds.speech(
          around: Double(found.frames.lowerBound) * perFrame..<Double(found.frames.upperBound)
            * perFrame, missingBefore: found.missingLabelsBefore,
          after: found.missingLabelsAfter),
        confidence: found.confidence, foundWordCount: found.foundWordCount)
    }
  }

  /// Samples that a frame of the network's output lasts.
  private var samplesPerFrame: Double {
    recognizer.secondsPerFrame * Double(recognizer.sampleRate)
  }

  /// A piece between two silences in parts of half a minute at most, which networks can take at once.
  private static func parts(of piece: Range<Int>, _ settings: FeatureSettings) -> [Range<Int>] {
    let longest = 30 * settings.sampleRate / settings.stepLength * settings.stepLength
    return stride(from: piece.lowerBound, to: piece.upperBound, by: longest).map {
      $0..<min($0 + longest, piece.upperBound)
    }
  }

  private func probabilities(of samples: [Int16]) -> LabelProbabilities {
    var features = StreamingFeatureExtractor(recognizer.extractor)
    let sound = Waveform(int16: samples, sampleRate: recognizer.sampleRate).samples
    return recognizer.inference.probabilities(
      of: [features.feed(sound), features.finish(paddingLastWindow: true)],
      compute: recognizer.oneThread)
  }
}

/// The loudness of a recording in each hundredth of a second, to find where speech begins and ends around labels, which are
/// a little later and shorter than the sound that they represent.
private struct SoundBounds {
  private let frameLength: Int
  /// Decibels, rounded: a byte for each hundredth of a second.
  private var levels: [Int8] = []
  private var power = 0.0
  private var count = 0

  init(sampleRate: Int) { frameLength = max(1, sampleRate / 100) }

  mutating func feed(_ samples: [Float]) {
    for sample in samples {
      power += Double(sample) * Double(sample)
      count += 1
      if count == frameLength { finish() }
    }
  }

  /// Ends a frame.
  mutating func finish() {
    guard count > 0 else { return }
    levels.append(Int8(max(-120, (10 * log10(power / Double(count) + 1e-12)).rounded())))
    (power, count) = (0, 0)
  }

  /// From where speech begins before the labels in `seconds` to where it ends behind them.
  ///
  /// Sound is followed while it is less than 35 dB softer than what is loudest between the labels, over the pauses that stops make in
  /// words (0.15 and 0.18 s), and for half a second at most, with 0.08 s more for each label that is missing there.
  func speech(
    around seconds: Range<Double>, missingBefore: Int, after missingAfter: Int
  ) -> Range<Double> {
    guard !levels.isEmpty else { return seconds }
    let first = min(Int(seconds.lowerBound * 100), levels.count - 1)
    let last = min(max(Int(seconds.upperBound * 100), first), levels.count - 1)
    let threshold = Int(levels[first...last].max() ?? 0) - 35
    var start = first
    // Labels may come early, too: then the sound begins behind them.
    while start < last, Int(levels[start]) < threshold { start += 1 }
    var place = start
    let most = (before: 50 + 8 * missingBefore, after: 50 + 8 * missingAfter)
    while place > 0, first - place < most.before, start - place < 15 {
      place -= 1
      if Int(levels[place]) >= threshold { start = place }
    }
    var end = last
    while end > start, Int(levels[end]) < threshold { end -= 1 }
    place = end
    while place + 1 < levels.count, place - last < most.after, place - end < 18 {
      place += 1
      if Int(levels[place]) >= threshold { end = place }
    }
    return Double(start) / 100..<Double(end + 1) / 100
  }
}
