extension Transcript {
  /// How long before its first label a word starts, in seconds.
  ///
  /// A network trained with CTC gives a label when it is sure, which is after the sound has begun: in
  /// the median of 90 recordings 0.10 s after (see Documentation/Measurements/ErrorRates.md).
  static let onsetLead = 0.08

  /// Reads a decoder's `candidate` as text with timed words, and, where they are given, the confidence
  /// of each.
  ///
  /// A word ends where its last label ends, when the blank after it becomes likelier. It starts
  /// `onsetLead` before its first label, but not before the word before it ends. Without a space in
  /// the alphabet, all is one word.
  public init(
    candidate: Candidate, alphabet: Alphabet, secondsPerFrame: Double,
    wordConfidences: [Double] = []
  ) {
    var words: [Word] = []
    for range in candidate.wordRanges(dividedBy: alphabet.spaceLabel) {
      let spelled = candidate.tokens[range]
      guard let first = spelled.first, let last = spelled.last else { continue }
      let onset = Double(first.frame) * secondsPerFrame
      words.append(
        Word(
          text: alphabet.decode(spelled.map(\.label)),
          start: max(onset - Self.onsetLead, min(words.last?.end ?? 0, onset)),
          end: Double(last.endFrame) * secondsPerFrame,
          confidence: words.count < wordConfidences.count ? wordConfidences[words.count] : nil))
    }
    self.init(
      text: alphabet.decode(candidate.tokens.map(\.label)), words: words,
      tokens: candidate.tokens, naturalLogProbability: candidate.naturalLogProbability)
  }
}

extension Candidate {
  /// Which tokens make up each word, when the label `space` divides words; nil for one word of all.
  package func wordRanges(dividedBy space: Int?) -> [Range<Int>] {
    Self.wordRanges(tokens, dividedBy: space)
  }

  /// Which of `tokens` make up each word, when the label `space` divides words.
  package static func wordRanges(_ tokens: [Token], dividedBy space: Int?) -> [Range<Int>] {
    tokens.indices.split { tokens[$0].label == space }
  }
}
