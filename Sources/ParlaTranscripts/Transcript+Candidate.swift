extension Transcript {
  /// Reads a decoder's `candidate` as text with timed words.
  ///
  /// A word starts at its first label's frame. It ends at the frame of the space after it, the last
  /// word one frame after its last label. Without a space in the alphabet, all is one word.
  public init(candidate: Candidate, alphabet: Alphabet, secondsPerFrame: Double) {
    var words: [Word] = []
    var spelled: ArraySlice<Token> = []
    func finishWord(atFrame end: Int) {
      guard let first = spelled.first else { return }
      words.append(
        Word(
          text: alphabet.decode(spelled.map(\.label)),
          start: Double(first.frame) * secondsPerFrame, end: Double(end) * secondsPerFrame))
      spelled = []
    }
    for (index, token) in candidate.tokens.enumerated() {
      if token.label == alphabet.spaceLabel {
        finishWord(atFrame: token.frame)
      } else {
        spelled = candidate.tokens[(index - spelled.count)...index]
      }
    }
    if let last = spelled.last { finishWord(atFrame: last.frame + 1) }
    self.init(
      text: alphabet.decode(candidate.tokens.map(\.label)), words: words,
      tokens: candidate.tokens, naturalLogProbability: candidate.naturalLogProbability)
  }
}
