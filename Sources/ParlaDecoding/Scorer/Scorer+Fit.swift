import ParlaLanguageModel
import ParlaTranscripts

extension ScorerPackage {
  /// Makes sure that the lexicon's words, spelled with the labels of `units`, are words of the language model.
  ///
  /// A scorer does not record the alphabet it was built with. With another one its labels spell nonexistent words, and
  /// a search would only find empty lines.
  ///
  /// - Throws: `DecodingError.alphabetMismatch`, when fewer than half of some hundred words are known.
  func requireWords(of units: Scorer.Units) throws(DecodingError) {
    let space: Int?
    let alphabet: Alphabet
    switch units {
    case .words(let own): (alphabet, space) = (own, own.spaceLabel)
    case .characters(let own): (alphabet, space) = (own, nil)
    case .bytes: return
    }
    let labelBytes = units.labelBytes
    let words = lexicon.someWords(256).map { labels in
      (labels.last == space ? labels.dropLast() : labels[...]).flatMap { labelBytes[$0] }
    }
    let unknown = words.filter {
      languageModel.vocabulary.index(ofUTF8: $0) == Vocabulary.unknown
        && additions.addedWords?[String(decoding: $0, as: UTF8.self)] == nil
    }
    guard let example = unknown.first, unknown.count * 2 > words.count else { return }
    throw .alphabetMismatch(
      scorer: path,
      found:
        "labels that spell words such as \"\(String(decoding: example, as: UTF8.self))\", which its language model does not know",
      alphabet: "an alphabet of \(alphabet.labels.count) labels", expected: "labels of its words")
  }
}

extension LexiconTrie {
  /// At most `count` different words, the closing space included: walks from the start whose turns are always the same.
  func someWords(_ count: Int) -> [[Int]] {
    var turns = UInt64(count)
    var words: Set<[Int]> = []
    for _ in 0..<count {
      var (state, labels) = (start, [Int]())
      while !isFinal(state), labels.count < Self.longestWalk {
        let arcs = arcRange(of: state)
        guard !arcs.isEmpty else { break }
        // Knuth's MMIX generator, of which the upper bits are the good ones.
        turns = turns &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let arc = arcs.lowerBound + Int(turns >> 33) % arcs.count
        labels.append(Int(label(ofArc: arc)))
        state = target(ofArc: arc)
      }
      if isFinal(state) { words.insert(labels) }
    }
    return words.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// No word is so long; a damaged lexicon may run in a circle.
  private static var longestWalk: Int { 1000 }
}
