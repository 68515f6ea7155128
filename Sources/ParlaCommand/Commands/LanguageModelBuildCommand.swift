import ArgumentParser
import ParlaLanguageModel
import ParlaLanguageModelBuilding

/// `parla lm build`.
struct LanguageModelBuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Estimate an n-gram language model from text, as KenLM's lmplz does.",
    discussion: """
      Text has one sentence per line; the result is the file that lmplz would write. Text that is \
      larger than the memory budget goes through temporary files, which are removed however \
      the program ends.

      The two ways to a smaller vocabulary give different numbers: with --limit-vocabulary, the mass of \
      n-grams with other words goes to shorter n-grams; parla lm filter single vocab:WORDS removes \
      them from a finished model and changes no numbers, as generate_lm.py does.

      EXAMPLES
        parla lm build --order 5 --text corpus.txt.gz --output model.arpa \\
          --prune 0 0 1
        xzcat corpus.*.xz | parla lm build --order 3 --memory 512M > model.arpa
      """)

  @Option(
    name: [.customShort("o", allowingJoined: true), .long], help: "Words in the longest n-grams.")
  var order: Int

  @Option(
    parsing: .upToNextOption,
    help:
      "Files to read, plain or compressed with gzip, bzip2 or xz; without, or with -, standard input.",
    completion: .file())
  var text: [String] = []

  @Option(
    name: [.long, .customLong("arpa")],
    help: "The ARPA file to write; without, or with -, standard output.", completion: .file())
  var output = "-"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Per order, prune n-grams that occur at most this often; the last number applies to higher orders.",
      valueName: "count"))
  var prune: [PruningCounts] = []

  @Option(
    name: [.customLong("limit-vocabulary"), .customLong("limit-vocab-file")],
    help: "A file of words; n-grams with any other word are pruned.", completion: .file())
  var limitVocabulary: String?

  @Option(
    help: ArgumentHelp(
      "Discounts for text too small to compute them: auto (0.5,1,1.5), also without a value; refuse; or numbers.",
      valueName: "auto|refuse|D1,D2,D3"))
  var discountFallback = FallbackChoice(discounts: .use(.fallback))

  @Flag(inversion: .prefixedNo, help: "Mix unigrams with the uniform distribution.")
  var interpolateUnigrams = true

  @Flag(help: "Read <s>, </s> and <unk> in the text as spaces.")
  var skipSymbols = false

  @Option(
    name: [.customLong("vocab-pad")], help: "Treat the vocabulary as if it had this many words.")
  var vocabularyPad = 0

  @Option(
    name: [.customShort("S", allowingJoined: true), .long],
    help: "The memory budget, such as 512M, 4G or 80%; a bare number is in KiB.")
  var memory = MemorySize(bytes: LanguageModelBuilder.Options(order: 1).memory)

  @Option(
    name: [.customShort("T", allowingJoined: true), .long, .customLong("temp-prefix")],
    help: "The folder for temporary files.", completion: .directory)
  var temporaryFolder: String?

  func run() throws {
    var options = LanguageModelBuilder.Options(order: order)
    options.pruning = prune.flatMap(\.counts)
    options.vocabularyLimit = limitVocabulary
    options.discountFallback = discountFallback.discounts
    options.interpolatesUnigrams = interpolateUnigrams
    options.skipsSpecialWords = skipSymbols
    options.minimumVocabulary = vocabularyPad
    options.memory = memory.bytes
    if let temporaryFolder { options.temporaryFolder = temporaryFolder }
    let report = EstimationReport()
    do {
      let summary = try LanguageModelBuilder(options).build(
        texts: text.isEmpty ? ["-"] : text, output: output, progress: report.show)
      report.show(summary)
    } catch is CancellationError {
      throw ExitCode(130)
    }
  }
}
