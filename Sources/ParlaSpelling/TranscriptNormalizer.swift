import Foundation
import ParlaFiles
import ParlaTranscripts

/// Brings transcripts of any origin into the one spelling that an alphabet expects.
///
/// Two strengths: `normalize` respells, and never refuses; `clean` is for corpus importers, and
/// also removes punctuation and refuses texts that do not say how they are spoken.
public struct TranscriptNormalizer: Sendable, Equatable {
  /// Why a transcript cannot be trained on.
  public enum Rejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// A digit, which may be read in many ways.
    case digit(String)
    /// A bracket or brace: a stage direction, a sound or a variable.
    case bracket(String)
    /// A sign that is neither letter nor punctuation, such as `%` or `&`.
    case sign(String)
    /// No letter is left.
    case noLetters

    /// The reason in a few words.
    public var description: String {
      switch self {
      case .digit(let found): "digit \(found)"
      case .bracket(let found): "bracket \(found)"
      case .sign(let found): "sign \(found)"
      case .noLetters: "no letters"
      }
    }
  }

  /// Whether look-alikes such as "ﬁ" and full-width letters become plain ones (NFKC instead of
  /// NFC).
  public var foldsCompatibilityForms: Bool

  /// Whether letters become lower case.
  public var lowercases: Bool

  /// The transcripts' language, as in BCP 47 ("tr", "de-AT"), for ``LowerCase``.
  public var language: String?

  /// Whether letters of another script than their word's become those that they look like, ligatures and full-width letters
  /// plain ones, and control characters nothing; see `TranscriptOddity`.
  public var foldsLookAlikes: Bool

  /// Unifies look-alikes and removes invisible characters; case, digits and punctuation stay.
  public static let lookAlikes = TranscriptNormalizer(lowercases: false, foldsLookAlikes: true)

  /// Makes a normalizer; by default to NFC and lower case.
  public init(
    foldsCompatibilityForms: Bool = false, lowercases: Bool = true, language: String? = nil,
    foldsLookAlikes: Bool = false
  ) {
    self.foldsCompatibilityForms = foldsCompatibilityForms
    self.lowercases = lowercases
    self.language = language
    self.foldsLookAlikes = foldsLookAlikes
  }

  /// `text` in one Unicode form and case, with plain apostrophes and single spaces.
  public func normalize(_ text: String) -> String {
    var spelled = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !Self.invisible.contains(scalar) {
      spelled.append(PlainSpelling.apostrophes.contains(scalar) ? "'" : scalar)
    }
    var normalized = composed(String(spelled))
    if foldsLookAlikes {
      normalized = composed(String(Self.withoutLookAlikes(normalized.unicodeScalars)))
    }
    if lowercases { normalized = composed(LowerCase(language: language)(normalized)) }
    return normalized.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// `text` normalized, with dashes and underscores as spaces, without punctuation, and with
  /// apostrophes only between letters; or why it cannot be used.
  ///
  /// Rejects what DeepSpeech's importers reject (`training/deepspeech_training/util/importers.py`,
  /// `validate_label_eng`) and every other sign, but keeps the letters of all languages.
  public func clean(_ text: String) -> Result<String, Rejection> {
    let scalars = Array(normalize(text).unicodeScalars)
    var cleaned = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      switch SpokenRole(scalar) {
      case .letter: cleaned.append(scalar)
      case .space: cleaned.append(" ")
      case .silent: continue
      case .apostrophe where Self.isBetweenLetters(index, of: scalars): cleaned.append(scalar)
      case .apostrophe: continue
      case .fullStop where index > 0 && scalars[index - 1] == ".": cleaned.append(" ")
      case .fullStop: continue
      case .digit: return .failure(.digit(String(scalar)))
      case .bracket: return .failure(.bracket(String(scalar)))
      case .sign: return .failure(.sign(String(scalar)))
      }
    }
    let words = String(cleaned).split(separator: " ")
    return words.isEmpty ? .failure(.noLetters) : .success(words.joined(separator: " "))
  }

  private static func withoutLookAlikes(
    _ text: String.UnicodeScalarView
  ) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    let script = LookAlikes.script(of: text)
    var word: [Unicode.Scalar] = []
    func endWord() {
      let meant = Dictionary(
        LookAlikes.strangers(in: word, ofTextIn: script).map { ($0.letter, $0.meant) },
        uniquingKeysWith: { $1 })
      result.append(contentsOf: word.map { meant[$0] ?? $0 })
      word = []
    }
    var previous: Unicode.Scalar?
    for scalar in text {
      defer { previous = scalar }
      if scalar.isInvisible, !scalar.joinsLetters(after: previous) { continue }
      if let plain = scalar.plainLetters {
        word += plain.unicodeScalars
      } else if scalar.properties.isAlphabetic {
        word.append(scalar)
      } else {
        endWord()
        result.append(scalar)
      }
    }
    endWord()
    return result
  }

  private func composed(_ text: String) -> String {
    foldsCompatibilityForms
      ? text.precomposedStringWithCompatibilityMapping : text.precomposedStringWithCanonicalMapping
  }

  private static func isBetweenLetters(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    index > 0 && index + 1 < scalars.count && SpokenRole(scalars[index - 1]) == .letter
      && SpokenRole(scalars[index + 1]) == .letter
  }

  /// Soft hyphen, zero-width space and joiner, marks of direction, byte order mark.
  private static let invisible: Set<Unicode.Scalar> = [
    "\u{AD}", "\u{61C}", "\u{200B}", "\u{2060}", "\u{200E}", "\u{200F}", "\u{202A}", "\u{202B}",
    "\u{202C}", "\u{202D}",
    "\u{202E}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}", "\u{FEFF}",
  ]
}

/// What a code point of a transcript does to the spoken words.
package enum SpokenRole {
  case letter
  case apostrophe
  /// Divides words: white space, dashes, and marks after which a word can follow directly.
  case space
  /// Ends a sentence or an abbreviation; several are an ellipsis.
  case fullStop
  /// Quotation marks.
  case silent
  case digit
  case bracket
  case sign

  /// The role of `scalar`.
  package init(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "'": self = .apostrophe
    case ".": self = .fullStop
    case ",", ";", ":", "?", "!", "…", "¡", "¿", "、", "。", "，", "！", "？", "；", "：", "،", "؛", "؟",
      "।":
      self = .space
    case "\"", "„", "‚", "‟", "「", "」", "『", "』", "《", "》": self = .silent
    case "<", ">": self = .bracket
    // Zero-width joiners shape the letters of Persian and Indian scripts.
    case "\u{200C}", "\u{200D}": self = .letter
    default: self.init(scalar.properties.generalCategory)
    }
  }

  private init(_ category: Unicode.GeneralCategory) {
    switch category {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark:
      self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .digit
    case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .dashPunctuation,
      .connectorPunctuation:
      self = .space
    case .initialPunctuation, .finalPunctuation: self = .silent
    case .openPunctuation, .closePunctuation: self = .bracket
    default: self = .sign
    }
  }
}
