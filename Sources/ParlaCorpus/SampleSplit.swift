/// How samples are divided into train, dev and test.
package enum SplitChoice: String, Sendable, CaseIterable {
  /// As in the corpus; else by speaker if there are enough, else by sentence.
  case auto
  /// As DeepSpeech's and Coqui's importer of the corpus divides it.
  case original
  /// No speaker in two parts.
  case speaker
  /// No sentence in two parts.
  case sentence
  /// All is train.
  case none
}

/// Divides samples that a corpus does not divide.
package enum SampleSplit {
  /// What is known of a sample.
  package struct Entry: Sendable {
    let transcript: String
    package let speaker: String?

    /// Makes an entry.
    package init(transcript: String, speaker: String?) {
      self.transcript = transcript
      self.speaker = speaker
    }
  }

  /// How many samples dev and test are to have each, of `population`: enough for a confidence of 99 % and a margin of 1 % as
  /// DeepSpeech's importers reckon it, and a tenth at most.
  ///
  /// Cochran 1977, eq. 4.1 and 4.2, with z = 2.58 and p = 0.5.
  package static func size(of population: Int) -> Int {
    let wanted = 2.58 * 2.58 * 0.25 / (0.01 * 0.01)
    let size = wanted / (1 + wanted / Double(max(population, 1)))
    return max(min(Int(size), population / 10), population >= 3 ? 1 : 0)
  }

  /// The part of each of the `entries`: by speaker if at least three are known, and dev and test can be filled with a fourth of
  /// the samples at most; else by sentence.
  package static func parts(_ entries: [Entry], by choice: SplitChoice) -> [SentenceSplit.Part] {
    switch choice {
    case .none: return entries.map { _ in .train }
    case .sentence: return bySentence(entries)
    case .speaker: return bySpeaker(entries, isForced: true) ?? bySentence(entries)
    case .auto, .original: return bySpeaker(entries, isForced: false) ?? bySentence(entries)
    }
  }

  /// Those with the fewest samples go to dev and test in turn until both have enough.
  private static func bySpeaker(_ entries: [Entry], isForced: Bool) -> [SentenceSplit.Part]? {
    let bySpeaker = Dictionary(grouping: entries.indices) { entries[$0].speaker ?? "" }
    guard bySpeaker.count >= 3, bySpeaker[""] == nil || isForced else { return nil }
    let size = size(of: entries.count)
    var parts = [SentenceSplit.Part](repeating: .train, count: entries.count)
    var counts: [SentenceSplit.Part: Int] = [:]
    let sorted = bySpeaker.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    for (_, indices) in sorted.dropLast() {
      let (dev, test) = (counts[.dev, default: 0], counts[.test, default: 0])
      guard dev < size || test < size else { break }
      let part: SentenceSplit.Part = test <= dev ? .test : .dev
      counts[part, default: 0] += indices.count
      for index in indices { parts[index] = part }
    }
    let taken = counts.values.reduce(0, +)
    guard isForced || counts.count == 2 && 4 * taken <= entries.count else { return nil }
    return parts
  }

  /// By the sentence's hash, as corpora of Debian are; where that leaves a part empty, the sentences in the hash's order.
  private static func bySentence(_ entries: [Entry]) -> [SentenceSplit.Part] {
    let sentences = Set(entries.map(\.transcript))
    let share = min(0.1, Double(size(of: entries.count)) / Double(max(entries.count, 1)))
    guard let split = try? SentenceSplit(devShare: share, testShare: share) else {
      return entries.map { _ in .train }
    }
    let parts = entries.map { split.part(of: $0.transcript) }
    guard Set(parts).count < 3, sentences.count >= 3 else { return parts }
    let sorted = sentences.sorted {
      (SentenceSplit.position(of: $0), $0) < (SentenceSplit.position(of: $1), $1)
    }
    let test = sorted[0]
    let dev = sorted[1]
    return entries.map { $0.transcript == test ? .test : $0.transcript == dev ? .dev : .train }
  }
}
