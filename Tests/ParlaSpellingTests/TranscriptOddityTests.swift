import ParlaSpelling
import Testing

@Suite struct TranscriptOddityTests {
  @Test(arguments: [
    "she had your dark suit", "it's", "größe ёлка", "नमस्\u{200D}ते", "می\u{200C}خواهم", "",
    "ᠠ\u{180B}", "а он", "a он мир dog",
  ])
  func plainTextHasNone(text: String) {
    #expect(TranscriptOddity.all(in: text) == [])
  }

  @Test(arguments: [
    ("a\u{AD}b", "invisible", "U+00AD (soft hyphen)"),
    ("a\u{200B}b", "invisible", "U+200B (zero width space)"),
    ("\u{202E}ab", "invisible", "U+202E (right-to-left override)"),
    ("a\u{200D}b", "invisible", "U+200D (zero width joiner)"),
    ("a\u{FEFF}b", "invisible", "U+FEFF (zero width no-break space)"),
    ("a\u{A0}b", "otherSpace", "U+00A0 (no-break space)"),
    ("a\tb", "otherSpace", "U+0009"),
    ("cafe\u{301}", "decomposed", "'e\u{301}' (U+0065 U+0301), also written 'é' (U+00E9)"),
    ("п\u{61}ра", "lookAlike", "'a' (U+0061), which looks like 'а' (U+0430)"),
    ("hell\u{43E}", "lookAlike", "'о' (U+043E), which looks like 'o' (U+006F)"),
    ("l\u{2019}air", "lookAlike", "'’' (U+2019), which looks like ''' (U+0027)"),
    ("\u{FB01}ne", "lookAlike", "'ﬁ' (U+FB01), which looks like 'fi' (U+0066 U+0069)"),
    // Most of its letters are of Cyrillic, but no other is like its last.
    ("\u{441}\u{430}t", "lookAlike", "'с' (U+0441), which looks like 'c' (U+0063)"),
    ("\u{430} dog", "lookAlike", "'а' (U+0430), which looks like 'a' (U+0061)"),
    ("кот c ним", "lookAlike", "'c' (U+0063), which looks like 'с' (U+0441)"),
    ("a\u{FE0F}b", "invisible", "U+FE0F (variation selector-16)"),
    ("a\u{3164}b", "invisible", "U+3164 (hangul filler)"),
    ("a\u{34F}b", "invisible", "U+034F (combining grapheme joiner)"),
    ("Tea", "capital", "'T' (U+0054)"),
    ("room 7", "digit", "'7' (U+0037)"),
    ("well, no", "punctuation", "',' (U+002C)"),
  ])
  func oddCharactersAreNamed(text: String, kind: String, description: String) {
    let found = TranscriptOddity.all(in: text)
    #expect(Set(found.map { "\($0.kind)" }) == [kind])
    #expect(
      found.map { $0.description.lowercased() }.first?.hasPrefix(description.lowercased()) == true,
      "\(found)")
  }

  @Test func wordsOfOneScriptEachAreNoMixture() {
    #expect(TranscriptOddity.all(in: "новый windows готов") == [])
    // No letter of the one looks like one of the other.
    #expect(TranscriptOddity.all(in: "wifiй") == [])
  }

  @Test(arguments: [
    ("a\u{AD}b c\u{200B}d \u{202E}e\u{2066}f", "ab cd ef"),
    ("a\u{A0}b\tc\u{2028}d\r\ne", "a b c d e"),
    ("cafe\u{301}", "caf\u{E9}"), ("п\u{61}ра", "пара"), ("hell\u{43E} мир", "hello мир"),
    ("\u{FB01}ne l\u{2019}air", "fine l'air"), ("Tea 7, ok", "Tea 7, ok"),
    ("नमस्\u{200D}ते", "नमस्\u{200D}ते"), ("می\u{200C}خواهم", "می\u{200C}خواهم"),
    ("a\u{200D}b\u{1}", "ab"), ("\u{441}\u{430}t", "cat"), ("\u{430} dog", "a dog"),
    ("a\u{FE0F}b\u{3164}", "ab"),
  ])
  func normalizingLeavesNoneOfThem(text: String, expected: String) {
    let normalized = TranscriptNormalizer.lookAlikes.normalize(text)
    #expect(Array(normalized.unicodeScalars) == Array(expected.unicodeScalars))
    let kinds = TranscriptOddity.all(in: normalized).map(\.kind)
    #expect(kinds.allSatisfy { [.capital, .digit, .punctuation].contains($0) })
  }
}
