import Testing

@testable import ParlaCorpusImport

@Suite struct LanguageTablesTests {
  @Test(arguments: [
    ("en", "I'm  sorry, that's WRONG!", "i'm sorry that's wrong"),
    ("es", "Contrasena inválida: marque más.", "contraseña inválida marque más"),
    (
      "fr", "Désolé, cet usager est présentemnet occupé",
      "désolé cet usager est présentement occupé"
    ),
    ("it", "Perpiacere attendi", "per piacere attendi"),
    ("ru", "Нажмите решётку — «ещё» раз…", "нажмите решетку еще раз"),
    ("ro", "O maşină ţine", "o mașină ține"),
    ("en", "10 A.M.", nil),
    ("en", "The A.M. news", "the am news"),
  ])
  func spellsTextsAsTheyAreSpoken(language: String, text: String, expected: String?) {
    #expect((try? LanguageTables.table(language).transcript(of: text).get()) == expected)
  }

  @Test(arguments: [
    ("en", "[beep]", LeftOutReason.brackets), ("en", "dial 500", .digits),
    ("en", "R&D", .signs), ("en", "www.asterisk.org", .stopInWord), ("en", "...", .noLetters),
    ("ru", "Сервер Asterisk", .foreignLetters), ("bg", "Ёж", .foreignLetters),
    ("es", "Garçon", .foreignLetters),
  ])
  func refusesTheRestWithTheReason(language: String, text: String, reason: LeftOutReason) {
    #expect(LanguageTables.table(language).transcript(of: text) == .failure(reason))
  }

  @Test func printedRulesAreRulesOfTheirOwn() throws {
    #expect(LanguageTables.languages.count >= 10)
    for language in LanguageTables.languages + ["eo"] {
      let table = try TextTable(text: LanguageTables.text(language), path: "rules.txt")
      #expect(table == LanguageTables.table(language), "\(language)")
    }
  }
}
