import Foundation
package import ParlaTranscripts

/// How the texts of a corpus become transcripts, and which are skipped.
package struct TextRules: Sendable {
  /// What is done with letters, digits and punctuation.
  package enum Cleaner: Sendable, Equatable {
    /// As DeepSpeech's importers do: lower case, without `.,;?!:"`, hyphens as blanks; digits and `( < [ ] & * {` refuse.
    case deepSpeech
    /// Only letters and apostrophes between letters, those of the language if known; digits, brackets and signs reject a text.
    case letters
    /// As written, in lower case.
    case lowercase
    /// As written.
    case asWritten
    /// From a file.
    case table(TextTable)
  }

  /// What is done with letters, digits and punctuation.
  package var cleaner: Cleaner

  /// The texts' language, as in ISO 639-1, for ``Cleaner/letters``.
  package var language: String?

  /// Whether letters lose their accents first, and what is not ASCII then goes.
  package var stripsAccents = false

  /// Letters that keep their accents.
  package var keptLetters = ""

  /// What a transcript may hold; nil for anything.
  package var alphabet: Alphabet?

  /// Whether there is a blank between all characters of the transcript.
  package var spacesCharacters = false

  /// Makes rules.
  package init(_ cleaner: Cleaner, stripsAccents: Bool = false, keptLetters: String = "") {
    self.cleaner = cleaner
    self.stripsAccents = stripsAccents
    self.keptLetters = keptLetters
  }

  /// The transcript of `text`, or why it cannot be used.
  func transcript(of text: String) -> Result<String, LeftOutReason> {
    if text.contains("\u{FFFD}") { return .failure(.notUTF8) }
    let spelled = stripsAccents ? withoutAccents(text) : text
    if spelled.allSatisfy(\.isWhitespace) { return .failure(.noText) }
    return cleaned(spelled).flatMap { transcript in
      if let alphabet, !alphabet.unknownCharacters(in: transcript).isEmpty {
        return .failure(.outsideAlphabet)
      }
      return transcript.unicodeScalars.allSatisfy(Alphabet.canHold)
        ? .success(transcript) : .failure(.lineBreak)
    }
  }

  /// `transcript` as it is written to a manifest, when its length has been judged.
  func written(_ transcript: String) -> String {
    spacesCharacters
      ? transcript.unicodeScalars.map(String.init).joined(separator: " ") : transcript
  }

  private func withoutAccents(_ text: String) -> String {
    let kept = Set(keptLetters.unicodeScalars)
    var result = String.UnicodeScalarView()
    for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
      if scalar.isASCII || kept.contains(scalar) {
        result.append(scalar)
      } else {
        // One by one: several at a time would copy all that is there.
        let plain = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars
        for scalar in plain where scalar.isASCII { result.append(scalar) }
      }
    }
    return String(result).trimmed
  }

  private func cleaned(_ text: String) -> Result<String, LeftOutReason> {
    switch cleaner {
    case .deepSpeech: Self.deepSpeech(text)
    case .letters: LanguageTables.table(language).transcript(of: text)
    case .lowercase: .success(text.lowercased().trimmed)
    case .asWritten: .success(text.trimmed)
    case .table(let table): table.transcript(of: text)
    }
  }

  /// `validate_label_eng` of `training/deepspeech_training/util/importers.py`, step by step.
  private static func deepSpeech(_ text: String) -> Result<String, LeftOutReason> {
    var cleaned = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "0"..."9": return .failure(.digits)
      case "(", "<", "[", "]", "{": return .failure(.brackets)
      case "&", "*": return .failure(.signs)
      case " ", "-", "_": if cleaned.last != " " { cleaned.append(" ") }
      default: cleaned.append(scalar)
      }
    }
    cleaned.removeAll { ".,;?!:\"".unicodeScalars.contains($0) }
    let transcript = String(cleaned).trimmed.lowercased()
    return transcript.isEmpty ? .failure(.noLetters) : .success(transcript)
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
