import ParlaCorpus
import Testing

@Suite struct ImporterListTests {
  @Test func findsByNameInAnyCase() throws {
    #expect(try ImporterList.named("Fillets").name == "fillets")
  }

  @Test(arguments: [("tuxpant", "tuxpaint"), ("astersik", "asterisk"), ("fillet", "fillets")])
  func wrongNamesGetTheNearest(name: String, nearest: String) {
    let error = #expect(throws: CorpusError.self) { try ImporterList.named(name) }
    #expect(
      error?.description
        == "no corpus is called \"\(name)\". Did you mean \(nearest)? "
        + "There are asterisk, fillets, tuxpaint.")
  }

  @Test func whollyOtherNamesGetTheList() {
    let error = #expect(throws: CorpusError.self) { try ImporterList.named("librispeech") }
    #expect(
      error?.description
        == "no corpus is called \"librispeech\". There are asterisk, fillets, tuxpaint.")
  }

  @Test func unknownLanguagesAreNamed() {
    #expect(
      throws: CorpusError.unsupportedLanguage(
        importer: "fillets", language: "fr", supported: ["cs", "nl"])
    ) {
      try CorpusImport(importers: [FilletsImporter()], language: "fr", outputFolder: "x")
    }
  }
}
