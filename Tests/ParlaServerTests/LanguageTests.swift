import ParlaTranscripts
import Testing

@testable import ParlaServer

/// Which model a client gets that says its language.
@Suite struct LanguageTests {
  /// A site whose models are named like their languages.
  private static func site(_ languages: [String], fallback: String? = nil) throws -> Site {
    try ServerKit.site {
      $0.models = languages.map { language in
        .init(name: "m-" + language) { try ServerKit.recognizer(language: language) }
      }
      $0.language = fallback
    }
  }

  @Test(arguments: [
    (nil, nil, "m-en-US"), (nil, "ru", "m-ru_RU"), ("", "ru-RU", "m-ru_RU"),
    ("whisper-1", "ru", "m-ru_RU"), ("whisper-1", "en", "m-en-US"), (nil, "auto", "m-en-US"),
    ("m-ru_RU", nil, "m-ru_RU"), ("m-ru_RU", "ru", "m-ru_RU"),
  ])
  func aLanguageChoosesAmongModels(name: String?, language: String?, expected: String) throws {
    let models = try Self.site(["en-US", "ru_RU"]).models
    #expect(try models.model(name, language: language).name == expected)
  }

  @Test(arguments: [(nil, "de"), ("m-ru_RU", "en"), (nil, "english"), ("whisper-1", "zz")])
  func aLanguageThatNoModelKnowsIsRefused(name: String?, language: String) throws {
    let models = try Self.site(["en-US", "ru_RU"]).models
    let failure = #expect(throws: RequestFailure.self) {
      try models.model(name, language: language)
    }
    #expect(failure?.status == 400)
    #expect(failure?.param == "language")
  }

  @Test func aModelWithoutALanguageTakesAllOfThem() throws {
    let site = try Self.site([""])
    let model = try site.models.model(nil, language: "gsw")
    #expect(model.language == "und")
    #expect(model.shortLanguage(asked: "pt_BR") == "pt")
    #expect(model.shortLanguage(asked: "auto") == "und")
    #expect(throws: RequestFailure.self) { try site.models.model(nil, language: "klingon") }
    #expect(try Self.site([""], fallback: "pt-BR").models.model(nil).language == "pt-BR")
    #expect(try Self.site(["ru"], fallback: "pt-BR").models.model(nil).language == "ru")
  }
}

/// How texts of a corpus are written for a model.
@Suite struct ModelSpellingTests {
  @Test func textsAreWrittenAsTheModelWrites() throws {
    let spelling = ModelSpelling(try Alphabet(labels: [" ", "a", "b", "c"]))
    #expect(spelling.spelled("A B, c—b!  “Ca”  ") == "a b c b ca")
    #expect(spelling.spelled("L’ab 'b' Ä2") == "l'ab b ä2")
    #expect(spelling.alphabet(for: ["ab ä", "l'a"]) == [" ", "a", "b", "c", "'", "l", "ä"])
    let notes = spelling.notes(on: ["Ab, ä!", "c"])
    #expect(
      notes == [
        "Texts are learned in small letters, without ! ,.",
        "The model has not written these before, and learns them from these recordings alone: ä.",
      ])
    #expect(spelling.notes(on: ["ab c"]).isEmpty)
  }

  @Test func capitalsStayWhereTheModelWritesThem() throws {
    let spelling = ModelSpelling(try Alphabet(labels: [" ", "a", "A", "-"]))
    #expect(spelling.spelled("A-a B") == "A-a b")
    #expect(ModelSpelling(nil).spelled("Hello, World's “end”.") == "hello world's end")
    #expect(ModelSpelling(nil).notes(on: ["ab"]).isEmpty)
  }
}
