import Foundation
import ParlaTestSupport
import Testing

/// Command lines as DeepSpeech's and KenLM's documentation has them.
@Suite struct ScorerCommandTests {
  private static let text = "the quick brown fox\njumps over the lazy dog\nthe dog sleeps\n"

  private func withText(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try Data(Self.text.utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      let letters = [" "] + "abcdefghijklmnopqrstuvwxyz'".map(String.init)
      try Data(letters.map { $0 + "\n" }.joined().utf8).write(
        to: URL(fileURLWithPath: folder + "/alphabet.txt"))
      try body(folder)
    }
  }

  private func run(_ folder: String, _ line: String) throws -> CommandResult {
    let words = line.replacing("@", with: folder + "/").split(separator: " ").map(String.init)
    return try RunningCommand(words.map { $0.replacing("~", with: " ") }).finish()
  }

  @Test func generateLMAndThePackageFollow() throws {
    try withText { folder in
      let made = try run(
        folder,
        "scorer build --input_txt @text --output_dir @lm --top_k 500 --kenlm_bins kenlm/build/bin/ "
          + "--arpa_order 3 --max_arpa_memory 85% --arpa_prune 0|0|1 --binary_a_bits 255 --binary_q_bits 8 "
          + "--binary_type trie --discount_fallback")
      #expect(made.status == 0, "\(made.errors)")
      #expect(
        made.errors.hasPrefix("--kenlm-bins has no effect here: KenLM's programs are not needed.\n")
      )
      #expect(made.output.contains("lm.binary, \(folder)/lm/vocab-500.txt: 9 words."))
      let packed = try run(
        folder,
        "scorer build --checkpoint @ --lm @lm/lm.binary --vocab @lm/vocab-500.txt --package @scorer "
          + "--default_alpha 0.93 --default_beta 1.18 --force_bytes_output_mode false")
      #expect(packed.status == 0, "\(packed.errors)")
      #expect(packed.output == "\(folder)/scorer: 9 words.\n")
      let found = try run(folder, "scorer inspect @scorer")
      #expect(found.output.contains("units: words\n"))
      #expect(found.output.contains("alpha: 0.93"))
    }
  }

  @Test(arguments: [
    "lm build -o 3 --discount_fallback --text @text --arpa @a",
    "lm build --discount_fallback -o 3 --text @text --arpa @a",
    "lm build -o3 -S1G -T@ --discount_fallback 0.5 1 1.5 --text @text --arpa @a",
    "lm build -o 3 -S 80% --prune 0 0 1 --interpolate_unigrams 1 --minimum_block 8K --text @text --arpa @a",
    "lm build --o 3 --collapse_values --renumber --vocab_e=9 -T @none --disc --text @text --arp @a",
    "lm build --order 3 --prune 0~0~1 --skip_symbols --vocab_estimate 1000 --text @text --arpa @a",
  ])
  func lmplz(line: String) throws {
    try withText { folder in
      let result = try run(folder, line)
      #expect(result.status == 0, "\(result.errors)")
      let arpa = try String(contentsOfFile: folder + "/a", encoding: .utf8)
      #expect(arpa.contains(line.contains("prune") ? "ngram 3=0" : "ngram 3=12"))
      let binary = try run(folder, "lm binarize -a 255 -q 8 -v -w after trie @a @b")
      #expect(binary.status == 0, "\(binary.errors)")
      let probing = try run(folder, "lm binarize -T -s -i -S80% -m 1G -t/tmp -u -5 -p 2 @a @c")
      #expect(probing.status == 0, "\(probing.errors)")
    }
  }

  @Test(arguments: [
    ("lm build -o 3 --intermediate @set --text @text", "write ARPA files with --arpa FILE"),
    ("lm binarize -r @a @a @b", "are not supported"),
    ("lm binarize @a", "Pass an ARPA file and a binary to write"),
  ])
  func whatKenLMAloneDoesIsAnswered(line: String, advice: String) throws {
    try withText { folder in
      let result = try run(folder, line)
      #expect(result.status != 0 && result.errors.contains(advice), "\(result.errors)")
    }
  }

  @Test func anImpossibleOrderIsRefusedByItsName() throws {
    try withText { folder in
      let result = try run(
        folder, "scorer build --text @text --alphabet @alphabet.txt --order 9 --output @scorer")
      #expect(result.status == 1)
      #expect(result.errors == "Error: --order: found 9, expected 2 to 8.\n")
    }
  }

  @Test func anAlphabetWithoutSpaceIsWarnedOfWhereTheTextHasSpaces() throws {
    try withText { folder in
      let letters = "abcdefghijklmnopqrstuvwxyz".map { "\($0)\n" }.joined()
      try Data(letters.utf8).write(to: URL(fileURLWithPath: folder + "/alphabet.txt"))
      let line = "scorer build --text @text --alphabet @alphabet.txt --order 2 --output @scorer"
      let warning = "Warning: the text has spaces and the alphabet has none"
      #expect(try run(folder, line).errors.contains(warning))
      #expect(try !run(folder, line + " --units characters").errors.contains(warning))
      try Data("thequickbrown\nfox\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      #expect(try !run(folder, line).errors.contains(warning))
    }
  }

  @Test func anEmptyTextIsNamed() throws {
    try withText { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/text"))
      let result = try run(
        folder, "scorer build --text @text --alphabet @alphabet.txt --output @scorer")
      #expect(
        result.errors.hasPrefix("Error: \(folder)/text: empty, expected sentences, one a line."),
        "\(result.errors)")
    }
  }

  @Test func whatPunctuationWasTakenOffIsSaid() throws {
    try withText { folder in
      try Data("“The dog,” he said.\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      let line = "scorer build --text @text --alphabet @alphabet.txt --order 2 --output @scorer"
      let result = try run(folder, line)
      #expect(
        result.output
          == "4 words of text, 4 different; the lexicon covers 100.0 %.\n\(folder)/scorer: 4 words.\n"
      )
      #expect(
        result.errors.hasSuffix(
          "Punctuation that the alphabet lacks is left out: 3 words, such as “the → the, dog,” → dog, "
            + "said. → said. --no-strip-punctuation leaves the text as it is.\n"))
      let plain = try run(folder, line + " --no-strip-punctuation")
      #expect(plain.output.contains("covers 25.0 %"))
    }
  }
}
