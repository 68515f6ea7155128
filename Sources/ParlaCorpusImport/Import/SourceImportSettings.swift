package import ParlaCorpus
package import ParlaTranscripts

/// What a user can choose for an import from a folder or archives; what is nil is as the corpus's importer has it.
package struct SourceImportSettings: Sendable {
  /// What recordings are stored as.
  package var audio = AudioForm.keep
  /// The rate of what is written in hertz, where recordings are not kept as they are.
  package var sampleRate = 16000
  /// How samples are divided that the corpus does not divide.
  package var split = SplitChoice.auto
  /// Whether all is to be as DeepSpeech's or Coqui's importer of the corpus has it.
  package var asOriginal = false
  /// The only sets that are imported; empty for all.
  package var sets: [String] = []
  /// Regular expressions; recordings whose path contains a match are skipped.
  package var skipped: [String] = []
  /// The language, where the source has several, and for its letters.
  package var language: String?

  /// The shortest and the longest recording in seconds.
  package var shortestSeconds: Double?
  package var longestSeconds: Double?
  /// The least time that a character takes.
  package var millisecondsPerCharacter: Double?

  /// How texts become transcripts.
  package var cleaner: TextRules.Cleaner?
  /// Whether letters lose their accents.
  package var stripsAccents = false
  /// What transcripts may hold.
  package var alphabet: Alphabet?
  /// Whether there is a blank between all characters.
  package var spacesCharacters = false

  /// Names or numbers of a table's columns by what they hold: `audio`, `text`, `speaker`, `set`.
  package var columns: [String: String] = [:]
  /// The encoding of texts.
  package var encoding: TextEncoding?
  /// What separates a table's columns.
  package var separator: Character?
  /// Whether passages of unknown speakers or articles are skipped.
  package var excludesUnknownSpeakers = false
  package var excludesUnknownArticles = false

  /// Makes settings that change nothing.
  package init() {}

  /// The rules of `importer` with what was chosen.
  func rules(of importer: any SourceImporter) -> ImportRules {
    var rules = asOriginal ? importer.originalRules : importer.rules
    rules.shortestSeconds = shortestSeconds ?? rules.shortestSeconds
    rules.longestSeconds = longestSeconds ?? rules.longestSeconds
    rules.longestIsForTraining = rules.longestIsForTraining && longestSeconds == nil
    rules.millisecondsPerCharacter = millisecondsPerCharacter ?? rules.millisecondsPerCharacter
    rules.text.cleaner = cleaner ?? rules.text.cleaner
    // Of en_US and zh-CN the language.
    let code = language?.prefix { $0 != "_" && $0 != "-" }.lowercased()
    rules.text.language = code ?? rules.text.language
    rules.text.stripsAccents = stripsAccents || rules.text.stripsAccents
    rules.text.alphabet = alphabet
    rules.text.spacesCharacters = spacesCharacters
    return rules
  }

  var request: ListingRequest {
    ListingRequest(
      language: language, asOriginal: asOriginal, columns: columns, encoding: encoding,
      separator: separator?.asciiValue.map { .sign($0) },
      longestSeconds: longestSeconds ?? .infinity,
      excludesUnknownSpeakers: excludesUnknownSpeakers,
      excludesUnknownArticles: excludesUnknownArticles)
  }
}
