import ParlaTranscripts

/// Brings the texts of corpora into the spelling that is trained on: lower case, letters and apostrophes only.
struct TranscriptCleaner: Sendable {
  private let language: String
  private let normalizer: TranscriptNormalizer
  private let spelling: LanguageSpelling?

  /// Cleans texts of `language`; of a language without a known spelling all letters are kept.
  init(language: String) {
    self.language = language
    normalizer = TranscriptNormalizer(language: language)
    spelling = LanguageSpelling.all[language]
  }

  /// `text` as it is spoken, or why it cannot be used.
  func clean(_ text: String) -> Result<String, LeftOutReason> {
    // Not the stops of "A.M.", which vanish.
    if text.contains(/\p{L}{2}\.\p{L}{2}/) { return .failure(.stopInWord) }
    switch normalizer.clean(text) {
    case .failure(.digit): return .failure(.digits)
    case .failure(.bracket): return .failure(.brackets)
    case .failure(.sign): return .failure(.signs)
    case .failure(.noLetters): return .failure(.noLetters)
    case .success(let words):
      let repaired = TranscriptRepairs.repair(words, language: language)
      guard let spelling else { return .success(repaired) }
      return spelling.spell(repaired).map { .success($0) } ?? .failure(.foreignLetters)
    }
  }
}

/// The letters of a language.
struct LanguageSpelling: Sendable {
  /// What a transcript may hold beside spaces.
  private let letters: Set<Unicode.Scalar>

  /// Letters that are written now one way, now another, and the one way that is kept.
  private let foldings: [Unicode.Scalar: Unicode.Scalar]

  private init(_ letters: String, foldings: [Unicode.Scalar: Unicode.Scalar] = [:]) {
    self.letters = Set(letters.unicodeScalars)
    self.foldings = foldings
  }

  /// `words` with the language's letters only; nil if they hold others.
  func spell(_ words: String) -> String? {
    var spelled = String.UnicodeScalarView()
    for scalar in words.unicodeScalars {
      let kept = foldings[scalar] ?? scalar
      guard kept == " " || letters.contains(kept) else { return nil }
      spelled.append(kept)
    }
    return String(spelled)
  }

  private static let latin = "abcdefghijklmnopqrstuvwxyz"

  /// The languages of the corpora that can be imported, as in ISO 639-1.
  static let all: [String: LanguageSpelling] = [
    "bg": LanguageSpelling("абвгдежзийклмнопрстуфхцчшщъьюя"),
    "cs": LanguageSpelling(latin + "áčďéěíňóřšťúůýž"),
    "da": LanguageSpelling(latin + "æøåé"),
    "en": LanguageSpelling(latin + "'"),
    "es": LanguageSpelling(latin + "áéíñóúü"),
    "fr": LanguageSpelling(latin + "'àâæçèéêëîïôœùûüÿ"),
    "it": LanguageSpelling(latin + "'àèéìíîòóùú"),
    "nl": LanguageSpelling(latin + "'áàäèéêëíïóöúü"),
    // The comma below and the cedilla are one letter in two encodings.
    "ro": LanguageSpelling(latin + "ăâîșț", foldings: ["ş": "ș", "ţ": "ț"]),
    // Most writers put е for ё, and the corpora do both.
    "ru": LanguageSpelling("абвгдежзийклмнопрстуфхцчшщъыьэюя", foldings: ["ё": "е"]),
  ]
}
