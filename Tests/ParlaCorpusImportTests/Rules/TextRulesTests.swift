import Testing

@testable import ParlaCorpusImport

@Suite struct TextRulesTests {
  /// What `validate_label_eng` of DeepSpeech 0.9.3 gives; nil is refused.
  @Test(arguments: [
    ("well-known fact", "well known fact"), ("a_b  c", "a b c"), (" - x - ", "x"),
    ("a , b", "a  b"), ("'tis", "'tis"), ("Ünïcode ÄÖÜ", "ünïcode äöü"), ("50 cats", nil),
    ("one ]", nil), ("x)", "x)"), ("a & b", nil), ("...", nil), ("\"Quote\"", "quote"),
    ("semi;colon:x", "semicolonx"), ("ISTANBUL İ", "istanbul i\u{307}"), ("#hash", "#hash"),
    ("٣ cats", "٣ cats"), ("a - - b", "a b"), ("_", nil),
  ])
  func deepSpeechIsTheOriginal(text: String, transcript: String?) {
    #expect((try? TextRules(.deepSpeech).transcript(of: text).get()) == transcript)
  }

  @Test(arguments: [
    ("École", "ecole"), ("don’t", "dont"), ("ﬁne", "fine"), ("a–b", "ab"), ("…", nil),
    ("Straße ẞ", "strae"),
  ])
  func accentsAreStrippedAsTheOriginalDoes(text: String, transcript: String?) {
    let rules = TextRules(.deepSpeech, stripsAccents: true)
    #expect((try? rules.transcript(of: text).get()) == transcript)
  }

  @Test func tablesSayWhatBecomesOfTexts() throws {
    let table = try TextTable(
      text:
        "# German\nletters abcdefghijklmnopqrstuvwxyzäöüß'\nothers refuse\nreplace & und\nreplace !\n",
      path: "de.txt")
    #expect(try table.transcript(of: "Ähre & Öl!").get() == "ähre und öl")
    #expect(table.transcript(of: "à la carte") == .failure(.foreignLetters))
    let error = #expect(throws: ImportError.self) {
      try TextTable(text: "letters ab\nothers ignore\n", path: "de.txt")
    }
    #expect(error?.description.hasPrefix("de.txt:2: \"others ignore\", expected") == true)
  }

  @Test(arguments: [
    ("like it\nclitic l'\nclitic dell'\n", "L'amico dell'arte", "l' amico dell' arte"),
    ("like en\nclitic 's\n", "The dog's", "the dog 's"),
    ("like en\nletters 0123456789\n", "Dial 500!", "dial 500"),
    ("like en\ndigits drop\nbrackets blank\nsigns blank\n", "A [b] 3 & c", "a b c"),
    ("letters abcdefghijklmnopqrstuvwxyzčšž\nfold ǆ dž\n", "ǆep", "džep"),
    ("language tr\nletters abcçdefgğhıijklmnoöprsştuüvyz\n", "ILIK İş", "ılık iş"),
    // The modifier letter is a letter of Breton and Ukrainian, where it is listed.
    ("letters abcdefghijklmnopqrstuvwxyzʼñùê\n", "Cʼhoar", "cʼhoar"),
    ("letters abc\napostrophes between\n", "'a' b", "a b"),
  ])
  func rulesOfLanguagesCanBeChanged(rules: String, text: String, expected: String) throws {
    let table = try TextTable(text: rules, path: "own.rules")
    #expect(try table.transcript(of: text).get() == expected)
  }
}
