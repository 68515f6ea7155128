import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// `parla decode` and `parla scorer`, as people run them.
@Suite struct DecodingTests {
  private let speech = Fixture.path("decoding/ldc_clean.npy")
  private let said = "she had your dark suit in greasy wash water all year"

  @Test func jsonHasTheFieldsOfDeepSpeech() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "decode", speech, "--alphabet", try ArrayTests.alphabet(folder), "--json")
      let best = try Self.best(result.output)
      #expect(Set(best.keys) == ["text", "confidence", "tokens", "timesteps"])
    }
  }

  @Test func wordsHaveTimesAndConfidence() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "decode", speech, "--alphabet", try ArrayTests.alphabet(folder), "--json", "--words")
      let words = try #require(try Self.best(result.output)["words"] as? [[String: Any]])
      #expect(words.compactMap { $0["text"] as? String }.joined(separator: " ") == said)
      var end = 0.0
      for word in words {
        let start = try #require(word["start"] as? Double)
        #expect(start >= end - 1e-9)
        end = try #require(word["end"] as? Double)
        #expect(end > start)
        #expect((0...1).contains(try #require(word["confidence"] as? Double)))
      }
    }
  }

  @Test func onlyListedSentencesAreRecognised() throws {
    try withTemporaryFolder { folder in
      let phrases = folder + "/phrases.txt"
      try "she had your (dark | light) suit [in greasy wash water all year]\nstop\n".write(
        toFile: phrases, atomically: true, encoding: .utf8)
      let alphabet = try ArrayTests.alphabet(folder)
      let result = try runCommand(
        "decode", speech, "--alphabet", alphabet, "--phrases", phrases)
      #expect(result.output == said + "\n", "\(result.errors)")
      let both = try runCommand(
        "decode", speech, "--alphabet", alphabet, "--phrases", phrases, "--scorer", "x.scorer")
      #expect(both.status != 0)
      #expect(both.errors.contains("--phrases replaces --scorer"), "\(both.errors)")
    }
  }

  @Test func addedWordsAreRecognised() throws {
    try withTemporaryFolder { folder in
      let alphabet = try ArrayTests.alphabet(folder)
      let words = folder + "/words.txt"
      try said.split(separator: " ").joined(separator: "\n").write(
        toFile: words, atomically: true, encoding: .utf8)
      let output = folder + "/more.scorer"
      let added = try runCommand(
        "scorer", "add-words", "--scorer", Fixture.path("scorers/toy.scorer"), "--alphabet",
        alphabet, "--words", words, "--output", output)
      #expect(added.output == "\(output): 11 words added, 0 were there.\n", "\(added.errors)")
      let result = try runCommand(
        "decode", speech, "--alphabet", alphabet, "--scorer", output, "--lm-alpha", "0.1")
      #expect(result.output == said + "\n", "\(result.errors)")
    }
  }

  @Test(arguments: [
    ("exact zeros", 3, [1.0, 0, 0, 0, 0, 1, 1, 0, 0]), ("no frames", 0, []),
    ("a single frame", 1, [0.2, 0.3, 0.5]), ("a single label for certain", 1, [0, 1, 0]),
  ])
  func oddInputsGiveAResult(name: String, frameCount: Int, values: [Double]) throws {
    try withTemporaryFolder { folder in
      let alphabet = folder + "/alphabet.txt"
      try "a\nb\n".write(toFile: alphabet, atomically: true, encoding: .utf8)
      let input = folder + "/input.npy"
      try NumPyArray(shape: [frameCount, 3], values: values.map(Float.init)).write(to: input)
      for options in [[], ["--greedy"], ["--cutoff-prob", "0.9"], ["--beam-width", "1"]] {
        let result = try RunningCommand(
          ["decode", input, "--alphabet", alphabet, "--json"] + options
        ).finish()
        #expect(result.status == 0, "\(name), \(options): \(result.errors)")
      }
    }
  }

  @Test func whatIsNoNumberIsRefused() throws {
    try withTemporaryFolder { folder in
      let alphabet = folder + "/alphabet.txt"
      try "a\nb\n".write(toFile: alphabet, atomically: true, encoding: .utf8)
      let input = folder + "/input.npy"
      try NumPyArray(shape: [1, 3], values: [.nan, 0.5, 0.5]).write(to: input)
      let result = try runCommand("decode", input, "--alphabet", alphabet)
      #expect(result.status == 1)
      #expect(result.errors.contains("frame 0"), "\(result.errors)")
    }
  }

  @Test func hotWordsWithoutEffectAreNamed() throws {
    try withTemporaryFolder { folder in
      let alphabet = try ArrayTests.alphabet(folder)
      func decode(_ words: String) throws -> CommandResult {
        try runCommand(
          "decode", speech, "--alphabet", alphabet, "--beam-width", "10", "--scorer",
          Fixture.path("scorers/toy.scorer"), "--hot-words", words)
      }
      let unknown = try decode("zebra:10")
      #expect(unknown.status == 0)
      #expect(
        unknown.errors.contains("Warning: hot word \"zebra\" has no effect"), "\(unknown.errors)")
      #expect(try decode("a:10").errors == "")
      for (words, message) in [
        ("DARK:5", "\"DARK\": the alphabet has no 'D'"), ("größe:5", "\"größe\": the alphabet"),
        ("dark:5:6", "\"dark:5\": the alphabet"), ("a", "found \"a\", expected word:boost"),
        ("a:nan", "expected word:boost"), ("a:1,a:2", "found \"a\" twice"), (":5", "a word before"),
      ] {
        let result = try decode(words)
        #expect(result.status != 0 && result.errors.contains(message), "\(words): \(result.errors)")
      }
    }
  }

  @Test(arguments: ["--lm-alpha", "--lm-beta", "--unknown-word-penalty", "--cutoff-prob"])
  func settingsAreFiniteNumbers(option: String) throws {
    try withTemporaryFolder { folder in
      for value in ["nan", "inf", "-inf", "1e999"] {
        let result = try runCommand(
          "decode", speech, "--alphabet", try ArrayTests.alphabet(folder), "--scorer",
          Fixture.path("scorers/toy.scorer"), "\(option)=\(value)")
        #expect(result.status != 0 && result.output == "")
        #expect(result.errors.contains("expected a finite number"), "\(result.errors)")
      }
    }
  }

  @Test func numbersBelowZeroAreValues() throws {
    try withTemporaryFolder { folder in
      let alphabet = try ArrayTests.alphabet(folder)
      let scorer = Fixture.path("scorers/toy.scorer")
      let joined = try runCommand(
        "decode", speech, "--alphabet", alphabet, "--scorer", scorer, "--json", "--lm-beta=-0.5")
      let apart = try runCommand(
        "decode", speech, "--alphabet", alphabet, "--scorer", scorer, "--json", "--lm_beta", "-0.5")
      #expect(apart.status == 0, "\(apart.errors)")
      #expect(apart.output == joined.output)
    }
  }

  @Test func optionsWithoutEffectAreNamed() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "decode", speech, "--alphabet", try ArrayTests.alphabet(folder), "--greedy", "--words",
        "--beam-width", "5", "--cutoff-top-n=3")
      #expect(result.status == 0)
      #expect(
        result.errors.split(separator: "\n").sorted() == [
          "--beam-width has no effect with --greedy.",
          "--cutoff-top-n has no effect without --cutoff-prob.",
          "--words has no effect without --json.",
        ], "\(result.errors)")
      let train = try runCommand(
        "train", "--train_files", "x.csv", "--checkpoint_dir", folder, "--optimizer", "sgd",
        "--beta1",
        "0.8", "--test_output_file", "x.json", "--es_epochs", "3", "--utf8", "--alphabet", "x.txt")
      #expect(train.errors.contains("--alphabet has no effect with --utf8."), "\(train.errors)")
      for option in ["--beta1", "--test-output-file", "--es-epochs"] {
        #expect(train.errors.contains("\(option) has no effect without"), "\(train.errors)")
      }
    }
  }

  private static func best(_ output: String) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(output.utf8))
    let candidates = try #require((document as? [String: [[String: Any]]])?["candidates"])
    return try #require(candidates.first)
  }
}
