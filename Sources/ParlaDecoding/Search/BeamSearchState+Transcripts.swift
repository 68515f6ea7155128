import ParlaPlatform
public import ParlaTranscripts

extension BeamSearchState {
  /// The best `count` texts so far with the times and confidence of their words, best first.
  ///
  /// The search can continue afterwards.
  public func transcripts(
    _ count: Int = 1, alphabet: Alphabet, secondsPerFrame: Double
  ) -> [Transcript] {
    let ranked = rankedPrefixes()
    guard !ranked.isEmpty else {
      return [
        Transcript(candidate: emptyCandidate, alphabet: alphabet, secondsPerFrame: secondsPerFrame)
      ]
    }
    let rivals = Rivals(ranked, of: self)
    return ranked.prefix(count).map { prefix in
      let candidate = candidate(prefix)
      let evidence = wordEvidence(
        candidate, history: tree[prefix.node].history, rivals, space: alphabet.spaceLabel)
      return Transcript(
        candidate: candidate, alphabet: alphabet, secondsPerFrame: secondsPerFrame,
        wordConfidences: evidence.map(calibration.confidence))
    }
  }

  /// The evidence for each word of the best text so far; words are separated by the label `space`.
  public func evidence(space: Int?) -> [WordEvidence] {
    let ranked = rankedPrefixes()
    guard let best = ranked.first else { return [] }
    return wordEvidence(
      candidate(best), history: tree[best.node].history, Rivals(ranked, of: self), space: space)
  }

  private var calibration: ConfidenceCalibration {
    decoder.calibration ?? decoder.scorer?.calibration
      ?? (scoring == nil && grammar == nil ? .noScorer : .scorer)
  }

  private func wordEvidence(
    _ candidate: Candidate, history: Int32, _ rivals: Rivals, space: Int?
  ) -> [WordEvidence] {
    let words = candidate.wordRanges(dividedBy: space)
    let posteriors = rivals.posteriors(of: words, in: candidate, history: history, space: space)
    let scores = histories.logProbabilities(history)
    return zip(words, posteriors).map { word, posterior in
      WordEvidence(
        posterior: posterior,
        acousticScore: word.reduce(0) { $0 + Double(scores[$1]) } / Double(word.count))
    }
  }
}

/// The prefixes of a beam as rivals, each with its share of the beam's probability.
struct Rivals {
  private let histories: TokenHistory
  private let entries: [(history: Int32, share: Double)]

  /// How many frames two words may be apart and still be the same: a label does not always appear at the
  /// same frame.
  private static let tolerance = 5

  init(_ ranked: [BeamSearchState.RankedPrefix], of search: BeamSearchState) {
    histories = search.histories
    let best = Double(ranked.first?.score ?? 0)
    let weights = ranked.map { exp(Double($0.score) - best) }
    let sum = weights.reduce(0, +)
    entries = zip(ranked, weights).map { (search.tree[$0.node].history, $1 / sum) }
  }

  /// The share of the rivals that have each of `words`, ranges of the tokens of `candidate`.
  func posteriors(
    of words: [Range<Int>], in candidate: Candidate, history: Int32, space: Int?
  ) -> [Double] {
    let tokens = candidate.tokens
    let place = histories.places(history)
    // Most rivals share the beginning, so shares are added up from a place on and summed at the end.
    var sharesUpTo = [Double](repeating: 0, count: words.count + 1)
    var found = [Double](repeating: 0, count: words.count)
    for entry in entries {
      let (shared, rest) = histories.divergence(entry.history, from: place)
      let continuesWithSpace = rest.first.map { $0.label == space } ?? true
      let same = words.firstPartition { word in
        word.upperBound < shared || word.upperBound == shared && continuesWithSpace
      }
      sharesUpTo[same] += entry.share
      guard same < words.count else { continue }
      let start = min(words[same].lowerBound, shared)
      let tail = Array(tokens[start..<shared]) + rest
      for match in Candidate.wordRanges(tail, dividedBy: space) {
        for index in same..<words.count
        where Self.isSame(tokens[words[index]], tail[match]) { found[index] += entry.share }
      }
    }
    var share = 0.0
    for index in words.indices.reversed() {
      share += sharesUpTo[index + 1]
      found[index] = min(1, found[index] + share)
    }
    return found
  }

  private static func isSame(_ word: ArraySlice<Token>, _ other: ArraySlice<Token>) -> Bool {
    guard let first = word.first, let last = word.last, let otherFirst = other.first,
      let otherLast = other.last, first.frame <= otherLast.frame + tolerance,
      otherFirst.frame <= last.frame + tolerance
    else { return false }
    return word.count == other.count && zip(word, other).allSatisfy { $0.label == $1.label }
  }
}

extension [Range<Int>] {
  /// How many of the first elements satisfy `predicate`, which none does after one that does not.
  fileprivate func firstPartition(_ predicate: (Range<Int>) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
