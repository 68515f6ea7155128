import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@Suite struct ARPAReaderTests {
  /// A sound model; line 6 is that of `<unk>`.
  private static let sound = """
    \\data\\
    ngram 1=4
    ngram 2=2

    \\1-grams:
    -1\t<unk>
    -99\t<s>\t-0.3
    -0.5\t</s>
    -0.4\ta\t-0.2

    \\2-grams:
    -0.3\t<s> a
    -0.2\ta </s>

    \\end\\

    """

  private static func open(
    _ text: String, options: ARPAOptions = ARPAOptions()
  ) throws -> NGramModel {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/x.arpa"))
      return try NGramModel(path: folder + "/x.arpa", arpa: options)
    }
  }

  /// The score of "a" after `<s>`.
  private static func scoreOfA(_ model: NGramModel) -> Float {
    var state = model.beginSentenceState
    return model.score(state, model.vocabulary.index(of: "a"), into: &state).log10Probability
  }

  @Test func spacesCommentsAndEmptyLinesAreAccepted() throws {
    let text =
      "\n# made by hand\n"
      + Self.sound.replacing("\t", with: "  ").replacing("\n\n", with: "\n\n\n")
    #expect(Self.scoreOfA(try Self.open(text)) == -0.3)
    #expect(Self.scoreOfA(try Self.open(Self.sound.replacing("\n", with: "\r\n"))) == -0.3)
  }

  @Test func numbersAreReadToTheNearestFloat() throws {
    for number in ["-0.30103", "-1.0280287", "-3e-1", "-0.300000011920928955078125", "-1e-40"] {
      let model = try Self.open(Self.sound.replacing("-0.3\t<s> a", with: number + "\t<s> a"))
      #expect(Self.scoreOfA(model) == Float(number))
    }
  }

  @Test func aMissingUnknownWordIsMadeUp() throws {
    let text = Self.sound.replacing("-1\t<unk>\n", with: "").replacing("1=4", with: "1=3")
    var options = ARPAOptions()
    options.unknownLog10Probability = -7
    let model = try Self.open(text, options: options)
    var state = model.nullContextState
    #expect(model.score(state, Vocabulary.unknown, into: &state).log10Probability == -7)
  }

  @Test func positiveProbabilitiesAreRefusedOrReadAsZero() throws {
    let text = Self.sound.replacing("-0.3\t<s> a", with: "0.1\t<s> a")
    let error = #expect(throws: LanguageModelError.self) { try Self.open(text) }
    #expect(error?.description.contains(":12: log10 probability 0.1") == true)
    var options = ARPAOptions()
    options.allowsPositive = true
    #expect(Self.scoreOfA(try Self.open(text, options: options)) == 0)
  }

  @Test func sentenceMarksAreNeededUnlessWaived() throws {
    let text = Self.sound.replacing("<s>", with: "x")
    #expect(throws: LanguageModelError.self) { try Self.open(text) }
    var options = ARPAOptions()
    options.allowsMissingSentenceMarks = true
    #expect(try Self.open(text, options: options).vocabulary.beginSentence == Vocabulary.unknown)
  }

  /// What is changed in the sound model, and what the message must have in it.
  static let faults: [(String, String, String)] = [
    ("\\data\\", "iARPA", ":1: found an IRSTLM iARPA file"),
    ("\\data\\", "hello", ":1: found \"hello\", expected \\data\\"),
    ("ngram 2=2", "ngram 3=2", ":3: found \"ngram 3=2\", expected \"ngram 2=\" and a count"),
    ("ngram 2=2", "ngram 2=9999999999", ":3: found 9999999999 2-grams in"),
    ("ngram 2=2", "ngram 2=3", ":15: found \"\\end\\\", expected 3 2-grams"),
    ("ngram 2=2", "ngram 2=1", ":13: found \"-0.2\ta </s>\", expected \\end\\"),
    ("ngram 1=4", "ngram 1=3", ":9: found \"-0.4\ta\t-0.2\", expected \\2-grams:"),
    ("\\2-grams:", "\\3-grams:", ":11: found \"\\3-grams:\", expected \\2-grams:"),
    ("-0.4\ta", "x\ta", ":9: found \"x\ta\t-0.2\", expected a log10 probability"),
    ("-0.4\ta", "nan\ta", ":9: found \"nan\ta\t-0.2\", expected a log10 probability"),
    ("-0.2\n", "inf\n", ":9: found \"inf\", expected a log10 backoff"),
    ("<s> a", "<s> b", ":12: found the word \"b\", expected only words"),
    ("<s> a", "<s>", ":12: found \"-0.3\t<s>\", expected a log10 probability and 2 words"),
    ("<s> a", "<s> a\t-1", ":12: found backoff \"-1\", expected none"),
    ("-0.2\ta </s>", "-0.2\t<s> a", ":13: the n-gram \"<s> a\" for the second time"),
    ("-0.4\ta", "-0.4\t<s>", ":9: the n-gram \"<s>\" for the second time"),
    ("\\end\\", "", "found the end of the file, expected \\end\\"),
    ("\\end\\", "\\end\\\nmore", ":16: found \"more\", expected nothing after"),
  ]

  @Test(arguments: faults)
  func faultsAreNamedWithTheirLine(original: String, fault: String, message: String) throws {
    let text = Self.sound.replacing(original, with: fault, maxReplacements: 1)
    let error = #expect(throws: LanguageModelError.self) { try Self.open(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
  }

  @Test func aContextThatIsNoNGramIsNamed() throws {
    let text = try String(
      contentsOfFile: Fixture.path("language-model/toy_o3.arpa"), encoding: .utf8
    )
    .replacing("-0.7310387\t<s> b\t-0.30103\n", with: "").replacing("2=12", with: "2=11")
    let error = #expect(throws: LanguageModelError.self) { try Self.open(text) }
    #expect(error?.description.contains("\"<s> b c\" is without its context") == true)
  }
}
