import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

extension String {
  /// All of it, or of a long one what comes first: nobody prefers words of thousands of letters, and each takes the decoder time.
  var start: String {
    utf8.count <= Self.longestField
      ? self : String(decoding: utf8.prefix(Self.longestField), as: UTF8.self)
  }

  private static var longestField: Int { 1 << 12 }
}

extension ServedModel {
  /// The decoder for a request: the model's, with `words` favoured, as far as the alphabet can write them.
  ///
  /// With `phrases` only their words are recognised, in any order, as in Vosk: clients list commands, but also all digits or
  /// letters as one phrase. Words that are adjacent in a phrase are favoured.
  func decoder(
    preferring words: [String], boost: Double, only phrases: [String] = [],
    usesScorer: Bool = true
  ) -> BeamSearchDecoder? {
    guard var decoder = recognizer.decoder else { return nil }
    var boosts = boosts(words, boost)
    if let grammar = grammar(of: phrases) {
      boosts.merge(self.boosts(phrases.filter { $0.contains(" ") }, 1)) { own, _ in own }
      decoder = BeamSearchDecoder(
        beamWidth: decoder.beamWidth, cutoffProbability: decoder.cutoffProbability,
        cutoffTopN: decoder.cutoffTopN, settlingFrameCount: decoder.settlingFrameCount,
        grammar: grammar)
    } else if !usesScorer {
      decoder.scorer = nil
    }
    let alphabet = recognizer.alphabet
    guard !boosts.isEmpty,
      let preferred = try? PreferredWords(
        boosts, alphabet: alphabet.isBytes ? nil : alphabet, scorer: decoder.scorer,
        unknownWordPenalty: decoder.unknownWordPenalty, grammar: decoder.grammar)
    else { return decoder }
    return BeamSearchDecoder(
      beamWidth: decoder.beamWidth, cutoffProbability: decoder.cutoffProbability,
      cutoffTopN: decoder.cutoffTopN, settlingFrameCount: decoder.settlingFrameCount,
      scorer: decoder.scorer, hotWords: preferred.hotWords, hotPhrases: preferred.hotPhrases,
      unknownWordPenalty: decoder.unknownWordPenalty, grammar: decoder.grammar)
  }

  /// Whether the alphabet can write any word of `phrases`, or there are none but Vosk's sign for any other word.
  func canRecognise(only phrases: [String]) -> Bool {
    let named = phrases.filter { $0 != "[unk]" && !$0.allSatisfy(\.isWhitespace) }
    return named.isEmpty || !writable(named).isEmpty
  }

  private func writable(_ phrases: [String]) -> Set<String> {
    Set(phrases.flatMap { spelled($0).split(separator: " ").map(String.init) }).filter(isWritable)
  }

  /// The words of `phrases` that the alphabet can write, in any order; nil where there are none.
  private func grammar(of phrases: [String]) -> Grammar? {
    let alphabet = recognizer.alphabet
    let words = writable(phrases)
    guard !words.isEmpty else { return nil }
    return try? Grammar(words: words.sorted(), alphabet: alphabet.isBytes ? nil : alphabet)
  }

  private func boosts(_ words: [String], _ boost: Double) -> [String: Double] {
    let writable = words.prefix(200).map { spelled($0.start) }.filter {
      !$0.isEmpty && isWritable($0)
    }
    return Dictionary(writable.map { ($0, boost) }) { first, _ in first }
  }

  /// `text` as the model writes it.
  private func spelled(_ text: String) -> String {
    let spelled = recognizer.alphabet.isBytes ? text : text.lowercased()
    return spelled.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Whether the alphabet has all of `text`; Vosk's sign for any other word is no word.
  private func isWritable(_ text: String) -> Bool {
    guard !text.contains("[unk]") else { return false }
    return recognizer.alphabet.isBytes || recognizer.alphabet.unknownCharacters(in: text).isEmpty
  }
}
