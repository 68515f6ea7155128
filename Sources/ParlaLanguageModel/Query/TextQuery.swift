public import ParlaPlatform

/// Scores text with a language model, with the output of KenLM's `query`.
public struct TextQuery: Sendable {
  /// The level of detail of the output.
  public enum Detail: String, Sendable, CaseIterable {
    /// Perplexities and counts at the end.
    case summary
    /// Total and unknown words of each sentence.
    case sentence
    /// Index, matched length and log10 probability of each word.
    case word
  }

  private let model: NGramModel
  private let hasSentenceContext: Bool
  private let details: Set<Detail>

  /// A query of `model`; each line is enclosed in `<s>` and `</s>` if `hasSentenceContext`.
  public init(
    _ model: NGramModel, hasSentenceContext: Bool = true,
    details: Set<Detail> = Set(Detail.allCases)
  ) {
    self.model = model
    self.hasSentenceContext = hasSentenceContext
    self.details = details
  }

  /// Scores each line of the text at `path`, which may be compressed; `-` is standard input.
  ///
  /// `output` receives the text, in large pieces if `isBuffered`, else line by line.
  ///
  /// - Returns: What the whole text gave.
  /// - Throws: `LanguageModelError`, or what `output` throws.
  public func run(
    text path: String, isBuffered: Bool = true, output: (Data) throws -> Void
  ) throws -> QuerySummary {
    var lines = try LineReader(path: path)
    var summary = QuerySummary()
    let buffer = TextBuffer()
    while try lines.advance() {
      score(lines.current, &summary, buffer)
      if !isBuffered || buffer.count > 1 << 16 {
        try output(buffer.data)
        buffer.clear()
      }
    }
    if details.contains(.summary) { buffer.append(summary.text) }
    try output(buffer.data)
    return summary
  }

  /// Scores one line.
  private func score(
    _ line: ArraySlice<UInt8>, _ summary: inout QuerySummary, _ buffer: TextBuffer
  ) {
    var state = hasSentenceContext ? model.beginSentenceState : model.nullContextState
    var total: Float = 0
    var unknownCount = 0
    var fields = FieldReader(line)
    while let field = fields.next() {
      let word = model.vocabulary.index(ofUTF8: field)
      let score = model.score(state, word, into: &state)
      if word == Vocabulary.unknown {
        unknownCount += 1
        summary.unknownLog10Probability += Double(score.log10Probability)
      }
      total += score.log10Probability
      summary.tokenCount += 1
      if details.contains(.word) { print(field, word, score, buffer) }
    }
    if hasSentenceContext {
      let score = model.finish(state)
      total += score.log10Probability
      summary.tokenCount += 1
      if details.contains(.word) {
        print(Array("</s>".utf8)[...], model.vocabulary.endSentence, score, buffer)
      }
    }
    if details.contains(.sentence) {
      buffer.append("Total: ")
      buffer.append(total)
      buffer.append(" OOV: \(unknownCount)\n")
    }
    summary.log10Probability += Double(total)
    summary.unknownCount += unknownCount
  }

  /// Prints a word as "surface=index matched-length log10-probability", with a tab behind.
  private func print(
    _ surface: ArraySlice<UInt8>, _ word: WordIndex, _ score: NGramScore, _ buffer: TextBuffer
  ) {
    for byte in surface { buffer.append(byte) }
    buffer.append("=\(word) \(score.matchedLength) ")
    buffer.append(score.log10Probability)
    buffer.append(UInt8(ascii: "\t"))
  }
}
