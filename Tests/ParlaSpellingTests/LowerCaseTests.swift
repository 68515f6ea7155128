import ParlaSpelling
import Testing

/// Expected values: CPython's `str.lower()` for the common rules, ICU's for those of a language.
@Suite struct LowerCaseTests {
  @Test(arguments: [
    ("ΜΕΓΑΛΟΣ", "μεγαλος"), ("ΣΟΦΟΣ ΣΑΣ", "σοφος σας"), ("Σ", "σ"), ("ΟΔΟΣ.", "οδος."),
    ("ΑΣ'Α", "ασ'α"),
    ("ΑΣ' Α", "ας' α"), ("Σ'ΑΓΑΠΩ", "σ'αγαπω"), ("ΆΣ\u{301}", "άς\u{301}"), ("İI", "i\u{307}i"),
    ("ÄÖÜ STRAẞE", "äöü straße"),
  ])
  func commonRules(text: String, expected: String) {
    #expect(Array(LowerCase()(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(arguments: [
    ("tr", "IĞDIR İzmir I\u{307} I\u{323}\u{307}", "ığdır izmir i i\u{323}"),
    ("az-Latn", "İSTİ I", "isti ı"), ("tr", "ΜΕΓΑΣ", "μεγας"),
    ("lt", "Ì Í\u{328} Ĩ", "i\u{307}\u{300} i\u{307}\u{301}\u{328} i\u{307}\u{303}"),
    ("lt", "JI\u{301} Į\u{303} IR", "ji\u{307}\u{301} į\u{307}\u{303} ir"), ("en", "I", "i"),
  ])
  func rulesOfALanguage(language: String, text: String, expected: String) {
    let lower = LowerCase(language: language)(text)
    #expect(Array(lower.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test func anAlphabetWithADotlessIIsTurkish() {
    #expect(LowerCase(letters: [" ", "i", "ı"])("DIŞ") == "dış")
    #expect(LowerCase(letters: [" ", "i"])("DIŞ") == "diş")
    #expect(LowerCase(language: "en", letters: ["ı"])("DIŞ") == "diş")
  }
}
