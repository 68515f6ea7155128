import Foundation
import ParlaFiles
import ParlaSpelling
import ParlaTranscripts

/// How texts of a language are spelled: rules that a person can read and edit, as `Languages.txt` lists them.
///
/// What is neither a letter nor mentioned by a rule becomes what `others` says, which is a blank unless a rule says otherwise.
package struct TextTable: Sendable, Equatable {
  /// What becomes of something that is not a letter of the language.
  enum Fate: String, Sendable {
    case blank, drop, refuse
    /// Of punctuation: commas and dashes divide words, quotation marks and full stops vanish.
    case usual
  }

  /// What rules can be given for.
  enum Subject: String, CaseIterable, Sendable {
    case digits, brackets, signs, punctuation, stops, others
  }

  /// What transcripts hold besides blanks; nil for the letters of every language.
  var letters: Set<Unicode.Scalar>? = []

  /// What becomes of the rest.
  var fates: [Subject: Fate] = [:]

  /// Whether apostrophes count between letters only.
  var apostrophesAreInner = false

  /// The texts' language, as in ISO 639-1, for lower case.
  var language: String?

  /// Texts that are replaced before everything else.
  var replacements: [[String]] = []

  /// Letters that are written now one way, now another, and the one way that is kept.
  var foldings: [Unicode.Scalar: String] = [:]

  /// Words that are misspelt where the recording can only say the right one.
  var words: [String: String] = [:]

  /// Words of their own before or after an apostrophe, with it.
  var clitics: [String] = []

  /// Makes a table in which what is none of `letters` becomes a blank.
  init(letters: String) { self.letters = Set(letters.unicodeScalars) }

  /// The transcript of `text`, or why it cannot be used.
  func transcript(of text: String) -> Result<String, LeftOutReason> {
    let replaced = replacements.reduce(text) { text, pair in
      text.replacing(pair[0], with: pair.count > 1 ? pair[1] : "")
    }
    // Not the stops of "A.M.", which vanish.
    if fates[.stops] == .refuse, replaced.contains(/\p{L}{2}\.\p{L}{2}/) {
      return .failure(.stopInWord)
    }
    return withoutSigns(Array(normalized(replaced).unicodeScalars)).flatMap { text in
      let words = text.split(separator: " ").flatMap(repaired)
      return words.isEmpty ? .failure(.noLetters) : inLetters(words.joined(separator: " "))
    }
  }

  /// In lower case and one Unicode form, with plain apostrophes unless others are letters.
  private func normalized(_ text: String) -> String {
    guard let letters, !letters.isDisjoint(with: PlainSpelling.apostrophes) else {
      return TranscriptNormalizer(language: language).normalize(text)
    }
    return LowerCase(language: language)(text).precomposedStringWithCanonicalMapping
  }

  /// Letters, of whatever language, and blanks.
  private func withoutSigns(_ scalars: [Unicode.Scalar]) -> Result<String, LeftOutReason> {
    var result = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      let role = SpokenRole(scalar)
      if role == .apostrophe {
        if !apostrophesAreInner || isInner(index, of: scalars) { result.append(scalar) }
        continue
      }
      if role == .letter || letters?.contains(scalar) == true {
        result.append(scalar)
        continue
      }
      switch fate(of: scalar, role, after: index > 0 ? scalars[index - 1] : nil) {
      case .blank, .usual: result.append(" ")
      case .drop: continue
      case .refuse: return .failure(Self.reason(role))
      }
    }
    return .success(String(result))
  }

  private func isInner(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    index > 0 && index + 1 < scalars.count && SpokenRole(scalars[index - 1]) == .letter
      && SpokenRole(scalars[index + 1]) == .letter
  }

  private func fate(
    of scalar: Unicode.Scalar, _ role: SpokenRole, after previous: Unicode.Scalar?
  ) -> Fate {
    if scalar.properties.isWhitespace { return .blank }
    let others = fates[.others] ?? .blank
    switch role {
    case .digit: return fates[.digits] ?? others
    case .bracket: return fates[.brackets] ?? others
    case .sign: return fates[.signs] ?? others
    case .space, .silent, .fullStop, .apostrophe, .letter:
      let punctuation = fates[.punctuation] ?? others
      guard punctuation == .usual else { return punctuation }
      return role == .space || role == .fullStop && previous == "." ? .blank : .drop
    }
  }

  private static func reason(_ role: SpokenRole) -> LeftOutReason {
    switch role {
    case .digit: .digits
    case .bracket: .brackets
    case .letter: .foreignLetters
    case .sign, .space, .silent, .fullStop, .apostrophe: .signs
    }
  }

  /// `word` as it is spelled rightly, and apart from its clitics.
  private func repaired(_ word: Substring) -> [String] {
    var spelled = words[String(word)] ?? String(word)
    var (before, after): ([String], [String]) = ([], [])
    for clitic in clitics where spelled.count > clitic.count {
      if clitic.hasPrefix("'"), spelled.hasSuffix(clitic) {
        spelled.removeLast(clitic.count)
        after.insert(clitic, at: 0)
      } else if clitic.hasSuffix("'"), spelled.hasPrefix(clitic) {
        spelled.removeFirst(clitic.count)
        before.append(clitic)
      }
    }
    return before + [spelled] + after
  }

  private func inLetters(_ text: String) -> Result<String, LeftOutReason> {
    var spelled = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.flatMap({
      foldings[$0].map { Array($0.unicodeScalars) } ?? [$0]
    }) {
      if scalar == " " || letters?.contains(scalar) ?? true {
        spelled.append(scalar)
        continue
      }
      switch fates[.others] ?? .blank {
      case .blank, .usual: spelled.append(" ")
      case .drop: continue
      case .refuse: return .failure(.foreignLetters)
      }
    }
    let words = String(spelled).split(separator: " ")
    return words.isEmpty ? .failure(.noLetters) : .success(words.joined(separator: " "))
  }
}
