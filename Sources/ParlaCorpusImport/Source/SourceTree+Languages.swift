import Foundation

extension SourceTree {
  /// Those of `tables` that are in the language that was asked for; all of them where there is one language only.
  ///
  /// `name` gives the language as the corpus calls it: `de`, `de_DE`, `german`, `mls_german_opus`.
  /// - Throws: `ImportError.severalLanguages`, `.unsupportedLanguage`.
  func inOneLanguage<Table>(
    _ tables: [Table], of importer: String, asked: String?, name: (Table) -> String
  ) throws(ImportError) -> [Table] {
    let languages = Set(tables.map(name)).sorted()
    guard languages.count > 1 else { return tables }
    guard let asked else { throw .severalLanguages(source: root, languages: languages) }
    let fitting = languages.contains(asked) ? [asked] : languages.filter { Self.isIn($0, asked) }
    guard fitting.count < 2 else { throw .severalLanguages(source: root, languages: fitting) }
    guard let language = fitting.first else {
      throw .unsupportedLanguage(importer: importer, language: asked, supported: languages)
    }
    return tables.filter { name($0) == language }
  }

  /// Whether `name` is a corpus's name for the language `asked`, as in ISO 639-1: it begins with it, or has its English name.
  private static func isIn(_ name: String, _ asked: String) -> Bool {
    let words = name.lowercased().split { $0 == "_" || $0 == "-" }.map(String.init)
    let english = Locale(identifier: "en").localizedString(forLanguageCode: asked)?.lowercased()
    return words.first == asked.lowercased() || english.map(words.contains) ?? false
  }
}
