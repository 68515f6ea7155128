import ArgumentParser
import ParlaDecoding
import ParlaFiles
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaScorerBuilding
import ParlaTranscripts

/// `parla scorer build`.
struct ScorerBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build a scorer from text, or from a KenLM binary and its vocabulary.",
    discussion: """
      Examples:

        parla scorer build --text corpus.txt.gz --alphabet alphabet.txt \\
          --output my.scorer
        parla scorer build --lm lm.binary --vocabulary words.txt \\
          --alphabet alphabet.txt --output my.scorer

      Text has one sentence per line. It is lower-cased; punctuation not in the alphabet is \
      removed from the edges of words and splits words inside. The defaults are those of DeepSpeech, whose \
      programs read the result.

      For languages written without spaces, the scorer counts characters instead of words: the labels of \
      the alphabet. Such a scorer works in Parla; for libdeepspeech and libstt, which look for words, \
      all sentences are equally likely.

      The command lines of DeepSpeech's generate_lm.py (with --output-dir) and \
      generate_scorer_package work as they are.
      """)

  @Option(
    name: [.long, .customLong("input-txt")], parsing: .upToNextOption,
    help: "Text files, plain or compressed with gzip, bzip2 or xz.", completion: .file())
  var text: [String] = []

  @Option(
    help: ArgumentHelp("A KenLM binary, instead of text.", valueName: "file"), completion: .file())
  var lm: String?

  @Option(
    name: [.long, .customLong("vocab")],
    help: ArgumentHelp("The words that may be written, for --lm.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp(
      "The labels of the acoustic model, one per line, or the model itself or its Kurfile.",
      valueName: "file"), completion: .file())
  var alphabet: String?

  @Flag(
    name: [.customLong("bytes-output-mode"), .customLong("force-bytes-output-mode")],
    help: "For models that write bytes: units are characters, and no alphabet is needed.")
  var bytesOutputMode = false

  @Option(
    name: [.long, .customLong("package")],
    help: ArgumentHelp("The scorer to write.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A folder for lm.binary and the list of its words, as from generate_lm.py; with or without --output.",
      valueName: "folder"), completion: .directory)
  var outputDir: String?

  @Option(
    help: ArgumentHelp(
      "The language model's units (default: words; characters for alphabets without a space).",
      valueName: "words|characters"))
  var units: Units?

  @Option(help: "Keep the N most frequent words.")
  var topK = 500_000

  @Option(name: [.long, .customLong("arpa-order")], help: "Words in the longest n-grams, 2 to 8.")
  var order = 5

  @Option(
    name: [.long, .customLong("arpa-prune")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Per order, drop n-grams with at most this count (default: 0 0 1).",
      valueName: "count"))
  var prune: [PruningCounts] = []

  @Option(
    help: ArgumentHelp(
      "Discounts for text too small to estimate them: auto (0.5,1,1.5), refuse, or numbers.",
      valueName: "auto|refuse|D1,D2,D3"))
  var discountFallback = FallbackChoice(discounts: .use(.fallback))

  @Option(
    name: [.long, .customLong("max-arpa-memory")],
    help: "The memory budget, such as 512M, 4G or 80%; a bare number is in KiB.")
  var memory: MemorySize?

  @Option(help: "Trie: compress each pointer by at most this many bits.")
  var binaryABits = 255

  @Option(help: "Trie: bits of a probability and a backoff.")
  var binaryQBits = 8

  @Option(help: "How the language model is stored.")
  var binaryType = LanguageModelBinarize.Structure.trie

  @Option(
    name: [.customLong("alpha"), .customLong("default-alpha")],
    help: "The weight of the language model relative to the acoustic model.", transform: finite)
  var alpha = 0.931_289_039_105_002

  @Option(
    name: [.customLong("beta"), .customLong("default-beta")], help: "Score added per word.",
    transform: finite)
  var beta = 1.183_413_758_151_028_4

  @Flag(inversion: .prefixedNo, help: "Convert the text to lower case.")
  var lowercase = true

  @Option(
    help: ArgumentHelp(
      "The text's language: tr, az and lt have special rules for lower case (default: by the alphabet).",
      valueName: "code"))
  var language: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Strip punctuation that the alphabet lacks from words, and split words at it.")
  var stripPunctuation = true

  @Option(help: "The folder for temporary files.", completion: .directory)
  var temporaryFolder: String?

  /// What the language model counts.
  enum Units: String, ExpressibleByArgument { case words, characters }

  func validate() throws {
    guard text.isEmpty != (lm == nil) else {
      throw ValidationError("Pass either --text FILE … or --lm FILE with --vocabulary FILE.")
    }
    guard (lm == nil) == (vocabulary == nil) else {
      throw ValidationError("--lm and --vocabulary belong together.")
    }
    guard output != nil || outputDir != nil else {
      throw ValidationError("Pass --output FILE, the scorer to write.")
    }
    guard outputDir == nil || lm == nil else {
      throw ValidationError("--output-dir is for the language model of a text: pass --text FILE ….")
    }
    guard bytesOutputMode != (alphabet != nil) || output == nil && !bytesOutputMode else {
      throw ValidationError("Pass either --alphabet FILE or --bytes-output-mode.")
    }
    guard units == nil || alphabet != nil else {
      throw ValidationError("--units: pass --alphabet FILE, whose labels are the characters.")
    }
    guard topK >= 1 else {
      throw ValidationError("--top-k: found \(topK), expected 1 or more.")
    }
  }

  func run() throws {
    let builder = try builder()
    let status = StatusLine()
    func show(_ progress: ScorerBuilder.Progress) { status.show(Self.text(for: progress)) }
    if let outputDir {
      let model = try builder.buildLanguageModel(
        texts: text, folder: outputDir, dividesAtSpaces: alphabet == nil && !bytesOutputMode,
        progress: show)
      status.clear()
      report(model.summary, "\(model.binary), \(model.vocabulary)")
      guard let output else { return }
      let summary = try builder.build(
        binary: model.binary, vocabulary: model.vocabulary, output: output)
      report(summary, output)
    } else if let output {
      let summary =
        if let lm, let vocabulary {
          try builder.build(binary: lm, vocabulary: vocabulary, output: output)
        } else {
          try builder.build(texts: text, output: output, progress: show)
        }
      status.clear()
      report(summary, output)
    }
  }

  private func builder() throws -> ScorerBuilder {
    var builder = ScorerBuilder(alphabet: try alphabet.map { try Alphabet(from: $0) })
    if let units { builder.countsCharacters = units == .characters }
    (builder.alpha, builder.beta) = (alpha, beta)
    (builder.wordLimit, builder.order) = (topK, order)
    if !prune.isEmpty { builder.pruning = prune.flatMap(\.counts) }
    builder.discountFallback = discountFallback.discounts
    builder.memory = memory?.bytes
    builder.format =
      switch binaryType {
      case .trie:
        .trie(
          probabilityBits: binaryQBits, backoffBits: binaryQBits, pointerArrayBits: binaryABits)
      case .probing: .probing(multiplier: 1.5)
      }
    (builder.lowercases, builder.language) = (lowercase, language)
    builder.stripsPunctuation = stripPunctuation
    if let temporaryFolder { builder.temporaryFolder = temporaryFolder }
    return builder
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

  private func report(_ summary: ScorerBuilder.Summary, _ written: String) {
    let unitName = summary.units == .words ? "word" : "character"
    func examples(_ words: some Collection<String>) -> String {
      words.isEmpty ? "" : ", such as " + words.joined(separator: ", ")
    }
    if let count = summary.textWordCount, let coverage = summary.coverage {
      let percent = (coverage * 1000).rounded() / 10
      Terminal.report(
        "\(counted(count, unitName)) of text, \(summary.differentWordCount) different; "
          + "the lexicon covers \(percent) %.", on: written)
    }
    Terminal.report("\(written): \(counted(summary.lexiconWordCount, unitName)).", on: written)
    if summary.respelledWordCount > 0 {
      Terminal.note(
        "Punctuation that the alphabet lacks is left out: \(counted(summary.respelledWordCount, unitName))"
          + examples(summary.respelledWords)
          + ". --no-strip-punctuation leaves the text as it is.")
    }
    if summary.unwritableWordCount > 0 {
      Terminal.note(
        "Left out, as the alphabet cannot write them: \(counted(summary.unwritableWordCount, unitName))"
          + examples(summary.unwritableWords.prefix(5)))
    }
    if units == nil, summary.lacksSpace {
      Terminal.note(
        "Warning: the text has spaces and the alphabet has none, so that characters are counted, not words. For a language "
          + "with spaces, pass the model itself with --alphabet, or add a line with one space to the alphabet."
      )
    }
  }
}
