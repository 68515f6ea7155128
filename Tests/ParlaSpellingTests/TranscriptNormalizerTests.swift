import ParlaSpelling
import Testing

@Suite struct TranscriptNormalizerTests {
  @Test(arguments: [
    ("  She\thad\n your  ", "she had your"),
    ("e\u{301}TE\u{301}", "\u{E9}t\u{E9}"),
    ("It\u{2019}s, isn`t?", "it's, isn't?"),
    ("soft\u{AD}hyphen\u{200B}\u{A0}x", "softhyphen x"),
    ("ÄÖÜ Straße", "äöü straße"),
    ("", ""),
  ])
  func normalizes(text: String, expected: String) {
    #expect(scalars(TranscriptNormalizer().normalize(text)) == scalars(expected))
  }

  @Test func keepsCaseAndFoldsFormsOnRequest() {
    let normalizer = TranscriptNormalizer(foldsCompatibilityForms: true, lowercases: false)
    #expect(normalizer.normalize("ﬁne ＡＢ") == "fine AB")
    #expect(TranscriptNormalizer().normalize("ﬁne") == "ﬁne")
  }

  @Test func turkishLowersTheDotlessLetter() {
    #expect(
      TranscriptNormalizer(language: "tr").normalize("IĞDIR İzmir I\u{307}") == "ığdır izmir i")
    #expect(TranscriptNormalizer(language: "az_AZ").normalize("I") == "ı")
    #expect(TranscriptNormalizer(language: "en").normalize("I") == "i")
  }

  @Test(arguments: [
    ("Hello, world!", "hello world"),
    ("well-known snake_case – yes", "well known snake case yes"),
    ("¿Qué? ¡Sí!", "qué sí"),
    ("«Être» „Straße“ “x”", "être straße x"),
    ("wait…what...now", "wait what now"),
    ("z.B. U.S.A.", "zb usa"),
    ("rock 'n' roll, it's the dogs'", "rock n roll it's the dogs"),
    ("l’homme d'", "l'homme d"),
    ("мой «Ёлка»", "мой ёлка"),
    ("你好，世界。", "你好 世界"),
  ])
  func cleans(text: String, expected: String) {
    #expect(TranscriptNormalizer().clean(text) == .success(expected))
  }

  @Test(arguments: [
    ("room 7", TranscriptNormalizer.Rejection.digit("7")),
    ("½ cup", .digit("½")),
    ("[laughs] no", .bracket("[")),
    ("<hangup>", .bracket("<")),
    ("f(x", .bracket("(")),
    ("{name}", .bracket("{")),
    ("you & me", .sign("&")),
    ("100 %", .digit("1")),
    ("a*b", .sign("*")),
    ("...", .noLetters),
    ("'", .noLetters),
    ("", .noLetters),
  ])
  func rejects(text: String, reason: TranscriptNormalizer.Rejection) {
    #expect(TranscriptNormalizer().clean(text) == .failure(reason))
  }

  @Test func cleaningTwiceChangesNothing() throws {
    let normalizer = TranscriptNormalizer()
    for text in ["Don't — stop!", "Ça va ; l’été…", "A.B"] {
      let once = try normalizer.clean(text).get()
      #expect(normalizer.clean(once) == .success(once))
    }
  }

  private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }
}
