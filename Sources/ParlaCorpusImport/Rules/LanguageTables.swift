/// The tables of all languages whose spelling is known, from `Languages.txt`.
package enum LanguageTables {
  /// The rules of `language`, as in ISO 639-1; those that keep all letters where its spelling is not known.
  static func table(_ language: String?) -> TextTable {
    if let language, let table = all[language] { return table }
    var table = all["*"] ?? TextTable(letters: "")
    table.language = language
    return table
  }

  /// The rules of `language` as a file that ``TextTable/init(path:)`` reads, with an explanation of each rule; for a language
  /// without rules, the general ones.
  package static func text(_ language: String) -> String {
    let own = sections[language] ?? "letters *\n"
    let shared = lines(of: sections["*"] ?? "").filter { !$0.hasPrefix("letters") }
    let rest = lines(of: own).filter { $0 != "like *" && !shared.contains($0) }
    return explanation + "language \(language)\n" + (shared + rest).joined(separator: "\n") + "\n"
  }

  /// The languages whose spelling is known.
  package static var languages: [String] { sections.keys.filter { $0 != "*" }.sorted() }

  /// Each table by its language; `*` for that of all others.
  static let all: [String: TextTable] = sections.keys.reduce(into: [:]) { tables, language in
    tables[language] = try? TextTable(text: text(language), path: language)
  }

  private static let source = String(decoding: PackageResources.Languages_txt, as: UTF8.self)

  /// The text before the first section.
  private static var explanation: String {
    lines(of: source).prefix { $0.hasPrefix("#") }.joined(separator: "\n") + "\n\n"
  }

  /// The rules of each language.
  private static let sections: [String: String] = {
    var sections: [String: String] = [:]
    var language: String?
    for line in lines(of: source) {
      let words = line.split(separator: " ")
      if words.first == "language", words.count > 1 {
        language = String(words[1])
      } else if let language, !line.isEmpty {
        sections[language, default: ""] += line + "\n"
      }
    }
    return sections
  }()

  private static func lines(of text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
