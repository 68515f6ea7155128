import ArgumentParser
import ParlaDecoding
import ParlaLanguageModel
import ParlaTranscripts

/// `parla scorer build`.
struct ScorerBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Make a scorer from text, or from a KenLM binary and its words.",
    discussion: """
      Examples:

        parla scorer build --text corpus.txt.gz --alphabet alphabet.txt --output my.scorer
        parla scorer build --lm lm.binary --vocabulary words.txt --alphabet alphabet.txt \\
          --output my.scorer

      Text has a sentence a line and is turned to lower case. The defaults are those of DeepSpeech, \
      whose programs read the result.
      """)

  @Option(
    name: [.long, .customLong("input-txt")], parsing: .upToNextOption,
    help: "Files of text, plain or packed with gzip, bzip2 or xz.")
  var text: [String] = []

  @Option(help: ArgumentHelp("A KenLM binary, instead of text.", valueName: "file"))
  var lm: String?

  @Option(
    name: [.long, .customLong("vocab")],
    help: ArgumentHelp("The words that may be written, for --lm.", valueName: "file"))
  var vocabulary: String?

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp("The labels of the acoustic model, one a line.", valueName: "file"))
  var alphabet: String?

  @Flag(
    name: [.customLong("bytes-output-mode"), .customLong("force-bytes-output-mode")],
    help: "For models that write bytes: units are characters, and no alphabet is needed.")
  var bytesOutputMode = false

  @Option(
    name: [.long, .customLong("package")],
    help: ArgumentHelp("The scorer to write.", valueName: "file"))
  var output: String

  @Option(help: "How many of the most frequent words are kept.")
  var topK = 500_000

  @Option(name: [.long, .customLong("arpa-order")], help: "Words in the longest n-grams.")
  var order = 5

  @Option(
    name: [.long, .customLong("arpa-prune")], parsing: .upToNextOption,
    help: "Per order, leave out n-grams that occur at most so often.")
  var prune: [Int] = [0, 0, 1]

  @Option(
    name: [.customLong("alpha"), .customLong("default-alpha")],
    help: "How much the language model counts beside the acoustic model.")
  var alpha = 0.931_289_039_105_002

  @Option(
    name: [.customLong("beta"), .customLong("default-beta")], help: "What each word adds.")
  var beta = 1.183_413_758_151_028_4

  @Flag(inversion: .prefixedNo, help: "Turn the text to lower case.")
  var lowercase = true

  @Option(help: "Where temporary files go.")
  var temporaryFolder: String?

  func validate() throws {
    guard text.isEmpty != (lm == nil) else {
      throw ValidationError("Pass either --text FILE … or --lm FILE with --vocabulary FILE.")
    }
    guard (lm == nil) == (vocabulary == nil) else {
      throw ValidationError("--lm and --vocabulary belong together.")
    }
    guard bytesOutputMode != (alphabet != nil) else {
      throw ValidationError("Pass either --alphabet FILE or --bytes-output-mode.")
    }
    guard topK >= 1 else {
      throw ValidationError("--top-k: found \(topK), expected 1 or more.")
    }
  }

  func run() throws {
    var builder = ScorerBuilder(alphabet: try alphabet.map { try Alphabet(path: $0) })
    (builder.alpha, builder.beta) = (alpha, beta)
    (builder.wordLimit, builder.order, builder.pruning) = (topK, order, prune)
    builder.lowercases = lowercase
    if let temporaryFolder { builder.temporaryFolder = temporaryFolder }
    let status = StatusLine()
    let summary: ScorerBuilder.Summary
    if let lm, let vocabulary {
      summary = try builder.build(binary: lm, vocabulary: vocabulary, output: output)
    } else {
      summary = try builder.build(texts: text, output: output) { status.show(Self.text(for: $0)) }
    }
    status.clear()
    report(summary)
  }

  private static func text(for progress: ScorerBuilder.Progress) -> String {
    switch progress {
    case .counting(let wordCount): "Counting: \(wordCount) words"
    case .estimating(let stage): "Estimating: " + text(for: stage)
    case .packing: "Packing the language model"
    case .lexicon(let wordCount): "Building the lexicon of \(wordCount) words"
    }
  }

  private static func text(for stage: LanguageModelBuilder.Progress) -> String {
    switch stage {
    case .estimating(let order): "\(order)-grams"
    case .writing(let order): "writing \(order)-grams"
    default: "reading the text"
    }
  }

  private func report(_ summary: ScorerBuilder.Summary) {
    if let count = summary.textWordCount, let coverage = summary.coverage {
      let percent = (coverage * 1000).rounded() / 10
      print(
        "\(count) words of text, \(summary.differentWordCount) different; "
          + "the lexicon covers \(percent) %.")
    }
    print("\(output): \(summary.lexiconWordCount) words.")
    if summary.unwritableWordCount > 0 {
      Terminal.note(
        "Left out, as the alphabet cannot write them: \(summary.unwritableWordCount) words, "
          + "such as " + summary.unwritableWords.prefix(5).joined(separator: ", "))
    }
  }
}
