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
    guard languages.count > 1 else {
      if let asked, let found = languages.first, Self.isAnother(found, than: asked) {
        throw .unsupportedLanguage(importer: importer, language: asked, supported: languages)
      }
      return tables
    }
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
    let parts = words(of: name)
    return parts.first == asked.lowercased() || english(asked).map(parts.contains) ?? false
  }

  /// Whether `name`, which may be that of any folder, is surely a corpus's name for another language than `asked`.
  private static func isAnother(_ name: String, than asked: String) -> Bool {
    guard let code = words(of: asked).first, isCode(code), !isIn(name, code) else { return false }
    let parts = words(of: name)
    // A folder that a person calls cv has Common Voice, not Chuvash.
    if let first = parts.first, first != "cv", isCode(first) { return true }
    let codes = Locale.LanguageCode.isoLanguageCodes.map(\.identifier).filter(isCode)
    let names = Set(codes.compactMap(english))
    return parts.contains { names.contains($0) }
  }

  private static func words(of name: String) -> [String] {
    name.lowercased().split { $0 == "_" || $0 == "-" }.map(String.init)
  }

  private static func isCode(_ word: String) -> Bool {
    word.utf8.count == 2 && english(word) != nil
  }

  /// The English name of the language with the code `code`, in lower case.
  private static func english(_ code: String) -> String? {
    Locale(identifier: "en").localizedString(forLanguageCode: code)?.lowercased()
  }
}
