import ParlaPlatform

/// The loudness of a recording in each hundredth of a second, to find where speech begins and ends around labels, which are
/// a little later and shorter than the sound that they represent.
struct SoundBounds {
  /// Labels and the sound around them, in seconds.
  struct Speech: Equatable {
    let labels: Range<Double>
    let sound: Range<Double>
  }

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

  /// From where speech begins before `labels` to where it ends behind them.
  ///
  /// Sound is followed while it is less than 35 dB softer than what is loudest between the labels, over the pauses that stops make in
  /// words (0.15 and 0.18 s), and for half a second at most, with 0.08 s more for each label that is missing there. It may be that of
  /// the next sentence, if the reader makes no longer pauses: see `boundary`.
  func speech(
    around labels: Range<Double>, missingBefore: Int, after missingAfter: Int
  ) -> Speech {
    guard !levels.isEmpty else { return Speech(labels: labels, sound: labels) }
    let first = min(Int(labels.lowerBound * 100), levels.count - 1)
    let last = min(max(Int(labels.upperBound * 100), first), levels.count - 1)
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
    return Speech(labels: labels, sound: Double(start) / 100..<Double(end + 1) / 100)
  }

  /// Where speech ends and the speech that follows it begins, in seconds: the middle of the pause between them, or where their
  /// sounds overlap, the quietest place between the labels of both.
  func boundary(between first: Speech, and second: Speech) -> Double {
    let (end, start) = (first.sound.upperBound, second.sound.lowerBound)
    guard end > start else { return (end + start) / 2 }
    let low = min(max(first.labels.upperBound, start), second.labels.lowerBound)
    let high = max(low, min(second.labels.lowerBound, end))
    return quietest(low..<high)
  }

  /// The middle of the quietest 70 ms in `seconds`: a stop in a word is shorter than the pause between two sentences.
  private func quietest(_ seconds: Range<Double>) -> Double {
    let places = Int((seconds.lowerBound * 100).rounded(.up))..<Int(seconds.upperBound * 100) + 1
    let sums = places.clamped(to: levels.indices).map { place in
      let around = (place - 3..<place + 4).clamped(to: levels.indices)
      return (place: place, level: around.reduce(0) { $0 + Int(levels[$1]) } * 7 / around.count)
    }
    guard let least = sums.map(\.level).min() else { return seconds.lowerBound }
    let quiet = sums.filter { $0.level == least }
    return Double(quiet[quiet.count / 2].place) / 100
  }
}
