import ArgumentParser
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

/// How label probabilities become text.
struct DecoderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The beam width (default: the model's own, else 500).",
      valueName: "N"))
  var beamWidth: Int?

  @Flag(help: "Read the most probable label of each frame instead of searching.")
  var greedy = false

  @Option(
    help: "Try only the most probable labels of a frame, up to this total probability.",
    transform: finite)
  var cutoffProb: Double = 1

  @Option(help: "Try at most this many labels per frame, when --cutoff-prob is below 1.")
  var cutoffTopN: Int = 40

  @Option(
    name: [.customLong("phrases"), .customLong("grammar")],
    help: ArgumentHelp(
      "Recognise only these sentences, one per line: turn [the] (light | radio) on.",
      valueName: "file"), completion: .file())
  var phrases: String?

  @OptionGroup(title: "Scorer") var scorer: ScorerOptions

  func validate() throws {
    try BeamSearchDecoder.check(beamWidth: width(), name: "--beam-width")
    guard !greedy || !scorer.isUsed && phrases == nil else {
      throw ValidationError(
        "--greedy reads labels without --scorer, --hot-words and --phrases: leave it out.")
    }
    guard phrases == nil || scorer.scorer == nil else {
      throw ValidationError("--phrases replaces --scorer: pass one of them.")
    }
    guard cutoffProb > 0, cutoffProb <= 1 else {
      throw ValidationError("--cutoff-prob: found \(cutoffProb), expected above 0 and up to 1.")
    }
    guard cutoffTopN >= 1 else {
      throw ValidationError("--cutoff-top-n: found \(cutoffTopN), expected 1 or more.")
    }
  }

  /// What is asked for, files that need the alphabet aside.
  private var settings: DecoderSettings {
    var settings = DecoderSettings()
    settings.beamWidth = beamWidth
    settings.isGreedy = greedy
    settings.cutoffProbability = cutoffProb
    settings.cutoffTopN = cutoffTopN
    return settings
  }

  /// How many texts there can be: the width asked for, or else the one that a model advises, or else 500.
  func width(advised: Int? = nil) -> Int { settings.width(advised: advised) }

  /// The same beam search; an error about a scorer that does not fit names the model, `path`.
  func beamSearch(
    _ alphabet: Alphabet, model path: String, advisedWidth: Int?
  ) throws -> BeamSearchDecoder? {
    do { return try beamSearch(alphabet, advisedWidth: advisedWidth) } catch let error
      as DecodingError
    {
      throw error.naming(model: path)
    }
  }

  /// Makes sure, before the model is loaded, that the requested files are usable, as far as that can be checked without `alphabet`.
  func checkFiles(alphabet: Alphabet?) throws {
    if let alphabet {
      _ = try beamSearch(alphabet)
    } else if let path = scorer.scorer {
      _ = try ScorerDescription(path: path)
    }
  }

  /// The beam search asked for, for a model with `alphabet`; nil for the most probable label of each
  /// frame.
  func beamSearch(_ alphabet: Alphabet, advisedWidth: Int? = nil) throws -> BeamSearchDecoder? {
    var settings = settings
    try scorer.complete(&settings, alphabet: alphabet)
    settings.grammar = try phrases.map { try Grammar(path: $0, alphabet: alphabet) }
    let decoder = try settings.decoder(alphabet: alphabet, advisedBeamWidth: advisedWidth)
    for word in decoder.withoutEffect { Terminal.note("Warning: \(word)") }
    return decoder.search
  }
}
