import ParlaLanguageModel
import ParlaTranscripts

/// A word that a scorer is to allow although its language model does not know it.
public struct AddedWord: Sendable, Equatable {
  /// The word.
  public let text: String

  /// A word of the language model that is used in the same places, and weighed in its stead; nil to
  /// weigh it as any unknown word.
  public let model: String?

  /// Makes a word that is weighed as `model`.
  public init(_ text: String, weighedAs model: String? = nil) {
    self.text = text
    self.model = model
  }
}

extension Scorer {
  /// Writes this scorer with `words` in its lexicon to `output`; the language model is unchanged.
  ///
  /// Programs other than Parla read the result, but ignore the words, which their language
  /// model does not know. Returns how many of the words are new.
  ///
  /// - Throws: `DecodingError.unwritableWord`, `.unknownModelWord`, `.file`.
  public func write(adding words: [AddedWord], to output: String) throws(DecodingError) -> Int {
    var known: [[Int32]] = []
    try lexicon.forEachWord { known.append($0.map(Int32.init)) }
    let knownWords = Set(known)
    var additions = package.additions
    additions.calibration = calibration
    var added = additions.addedWords ?? [:]
    var newCount = 0
    for word in words {
      if let model = word.model, languageModel.vocabulary.index(of: model) == Vocabulary.unknown {
        throw .unknownModelWord(scorer: path, word: word.text, model: model)
      }
      guard let labels = units.labels(of: word.text) else {
        guard units.unknownCharacters(in: word.text).isEmpty else {
          throw .unwritable(word.text, characters: units.unknownCharacters(in: word.text)) {
            units.unknownCharacters(in: $0).isEmpty
          }
        }
        throw .invalidOption(
          name: "word to add", found: "\"\(word.text)\"",
          expected: "one of the units of \(path): \(units.kind.description)")
      }
      if !knownWords.contains(labels) {
        known.append(labels)
        newCount += 1
      }
      if languageModel.vocabulary.index(of: word.text) == Vocabulary.unknown {
        added[word.text] = word.model ?? ""
      }
    }
    additions.addedWords = added.isEmpty ? nil : added
    try package.write(to: output, weights: weights, words: known, additions: additions)
    return newCount
  }
}
