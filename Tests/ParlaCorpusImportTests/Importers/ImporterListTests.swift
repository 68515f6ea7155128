import ParlaCorpusImport
import Testing

@Suite struct ImporterListTests {
  private static let known = ImporterList.all.map(\.name).joined(separator: ", ")

  @Test func namesAreDistinct() {
    #expect(Set(ImporterList.all.map(\.name)).count == ImporterList.all.count)
  }

  @Test func findsByNameInAnyCase() throws {
    #expect(try ImporterList.named("Fillets").name == "fillets")
  }

  @Test(arguments: [("tuxpant", "tuxpaint"), ("astersik", "asterisk"), ("fillet", "fillets")])
  func wrongNamesGetTheNearest(name: String, nearest: String) {
    let error = #expect(throws: ImportError.self) { try ImporterList.named(name) }
    #expect(
      error?.description
        == "no corpus is called \"\(name)\". Did you mean \(nearest)? There are \(Self.known).")
  }

  @Test func commandsAreNamesToo() {
    let error = #expect(throws: ImportError.self) { try ImporterList.named("gues") }
    #expect(error?.description.contains("\"gues\". Did you mean guess?") == true)
  }

  @Test func whollyOtherNamesGetTheList() {
    let error = #expect(throws: ImportError.self) { try ImporterList.named("encyclopedia") }
    #expect(
      error?.description == "no corpus is called \"encyclopedia\". There are \(Self.known).")
  }

  @Test func unknownLanguagesAreNamed() {
    #expect(
      throws: ImportError.unsupportedLanguage(
        importer: "fillets", language: "fr", supported: ["cs", "nl"])
    ) {
      try CorpusImport(importers: [FilletsImporter()], language: "fr", outputFolder: "x")
    }
  }
}
