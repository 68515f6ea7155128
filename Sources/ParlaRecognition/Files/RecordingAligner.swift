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
    /// Where a clip of it may lie, in seconds: up to half of the pause before the passages next to it.
    let room: Range<Double>

    /// Where a clip with `margin` seconds before and after the passage lies, which is never in the passages next to it.
    package func clip(margin: Double) -> Range<Double> {
      let start = max(seconds.lowerBound - margin, room.lowerBound)
      return start..<max(start, min(seconds.upperBound + margin, room.upperBound))
    }
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
    return Self.placed(
      AlignedPassage.all(of: text, found: aligner.finish()), of: text, in: bounds,
      secondsPerFrame: recognizer.secondsPerFrame)
  }

  /// The passages `found` with their sound, none of which reaches into the next passage.
  static func placed(
    _ found: [AlignedPassage], of text: AlignmentText, in bounds: SoundBounds,
    secondsPerFrame: Double
  ) -> [Passage] {
    let speech = found.map { passage in
      let start = Double(passage.frames.lowerBound) * secondsPerFrame
      return bounds.speech(
        around: start..<Double(passage.frames.upperBound) * secondsPerFrame,
        missingBefore: passage.missingLabelsBefore, after: passage.missingLabelsAfter)
    }
    var sounds = speech.map(\.sound)
    var rooms = speech.map { _ in 0..<Double.infinity }
    // At least a hundredth of a second is left: no address of a passage is shorter.
    func divide(_ first: Int, _ second: Int, limitsFirst: Bool, limitsSecond: Bool) {
      let place = bounds.boundary(between: speech[first], and: speech[second])
      if limitsFirst {
        let start = sounds[first].lowerBound
        let end = max(start + 0.01, min(sounds[first].upperBound, place))
        sounds[first] = start..<end
        rooms[first] = rooms[first].lowerBound..<max(end, place)
      }
      if limitsSecond {
        let end = sounds[second].upperBound
        let start = min(end - 0.01, max(sounds[second].lowerBound, place))
        sounds[second] = start..<end
        rooms[second] = min(start, place)..<rooms[second].upperBound
      }
    }
    // Of a passage that is not said a word or two is found by chance, anywhere: it limits no other.
    var before: Int?
    var unsure: [Int] = []
    for (index, passage) in found.enumerated() {
      let isSure = isPlaceKnown(passage, of: text)
      if let before { divide(before, index, limitsFirst: isSure, limitsSecond: true) }
      if isSure {
        for earlier in unsure { divide(earlier, index, limitsFirst: true, limitsSecond: false) }
        (before, unsure) = (index, [])
      } else {
        unsure.append(index)
      }
    }
    return found.indices.map { index in
      Passage(
        index: found[index].passage, seconds: sounds[index], confidence: found[index].confidence,
        foundWordCount: found[index].foundWordCount, room: rooms[index])
    }
  }

  private static func isPlaceKnown(_ passage: AlignedPassage, of text: AlignmentText) -> Bool {
    passage.confidence >= usualThreshold
      || 2 * passage.foundWordCount > text.passages[passage.passage].count
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
