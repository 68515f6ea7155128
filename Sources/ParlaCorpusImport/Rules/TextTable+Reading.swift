import Foundation
import ParlaFiles

extension TextTable {
  /// Reads the file at `path`.
  ///
  /// - Throws: `ImportError.file`, `.badTextRule`.
  package init(path: String) throws(ImportError) {
    let text: String
    do { text = try FileContent.text(path) } catch { throw .file(error) }
    try self.init(text: text, path: path)
  }

  /// Reads the rules of `text`, a line each, `#` before remarks; `path` is for messages.
  ///
  /// - Throws: `ImportError.badTextRule`.
  init(text: String, path: String) throws(ImportError) {
    self.init(letters: "")
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split(separator: " ").map(String.init).prefix { !$0.hasPrefix("#") }
      guard let rule = words.first else { continue }
      guard apply(rule, Array(words.dropFirst())) else {
        throw .badTextRule(path: path, line: index + 1, found: String(line))
      }
    }
    guard letters?.isEmpty != true else { throw .badTextRule(path: path, line: 1, found: "") }
  }

  /// Adds a rule; false if it is none.
  private mutating func apply(_ rule: String, _ values: [String]) -> Bool {
    if let subject = Subject(rawValue: rule), values.count == 1,
      let fate = Fate(rawValue: values[0])
    {
      guard fate != .usual || subject == .punctuation else { return false }
      fates[subject] = fate
      return true
    }
    switch (rule, values.count) {
    case ("letters", 1):
      letters = values[0] == "*" ? nil : (letters ?? []).union(values[0].unicodeScalars)
    case ("language", 1): language = values[0]
    case ("replace", 1), ("replace", 2): replacements.append(values)
    case ("word", 2...): words[values[0]] = values.dropFirst().joined(separator: " ")
    case ("clitic", 1) where values[0].hasPrefix("'") || values[0].hasSuffix("'"):
      clitics.append(values[0])
    case ("apostrophes", 1) where ["all", "between"].contains(values[0]):
      apostrophesAreInner = values[0] == "between"
    case ("fold", 2):
      guard let letter = values[0].unicodeScalars.first, values[0].unicodeScalars.count == 1 else {
        return false
      }
      foldings[letter] = values[1]
    case ("like", 1):
      guard let table = LanguageTables.all[values[0]] else { return false }
      let named = language
      self = table
      language = named ?? table.language
    default: return false
    }
    return true
  }
}
