import Foundation
import ParlaFiles

/// How texts of a language are spelled, from a file that a person can read and edit.
///
/// A line each, in any order, `#` before remarks:
///
/// ```
/// letters abcdefghijklmnopqrstuvwxyzäöüß'
/// others blank
/// replace & und
/// ```
///
/// `letters` are what a transcript holds beside blanks; texts are written in lower case before. What is none of them becomes a
/// `blank`, is `drop`ped, or makes the sample be left out (`refuse`). `replace` acts before everything else; without a second
/// word it removes.
package struct TextTable: Sendable, Equatable {
  private enum Others: String { case blank, drop, refuse }

  private var letters: Set<Unicode.Scalar> = []
  private var others = Others.blank
  private var replacements: [[String]] = []

  /// Reads the file at `path`.
  ///
  /// - Throws: `ImportError.file`, `.badTextRule`.
  package init(path: String) throws(ImportError) {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    try self.init(text: text, path: path)
  }

  /// Makes a table in which what is none of `letters` becomes a blank.
  init(letters: String) { self.letters = Set(letters.unicodeScalars) }

  /// Reads `text`; `path` is for messages.
  ///
  /// - Throws: `ImportError.badTextRule`.
  init(text: String, path: String) throws(ImportError) {
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split(separator: " ").map(String.init)
      guard let rule = words.first, !rule.hasPrefix("#") else { continue }
      switch (rule, words.count) {
      case ("letters", 2): letters.formUnion(words[1].unicodeScalars)
      case ("replace", 2), ("replace", 3): replacements.append(Array(words.dropFirst()))
      case ("others", 2):
        guard let others = Others(rawValue: words[1]) else { fallthrough }
        self.others = others
      default: throw .badTextRule(path: path, line: index + 1, found: String(line))
      }
    }
    guard !letters.isEmpty else { throw .badTextRule(path: path, line: 1, found: "") }
  }

  /// The transcript of `text`, or why it cannot be used.
  func transcript(of text: String) -> Result<String, LeftOutReason> {
    var text = text
    for replacement in replacements {
      text = text.replacing(replacement[0], with: replacement.count > 1 ? replacement[1] : "")
    }
    var spelled = String.UnicodeScalarView()
    for scalar in text.lowercased().precomposedStringWithCanonicalMapping.unicodeScalars {
      if letters.contains(scalar) {
        spelled.append(scalar)
      } else if scalar.properties.isWhitespace || others == .blank {
        spelled.append(" ")
      } else if others == .refuse {
        return .failure(.foreignLetters)
      }
    }
    let words = String(spelled).split(separator: " ")
    return words.isEmpty ? .failure(.noLetters) : .success(words.joined(separator: " "))
  }
}
