import ArgumentParser
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

/// How label probabilities become text.
struct DecoderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Prefixes that the beam search keeps; 1 reads the most probable label of each frame "
        + "(default: 500 with --scorer or --hot-words, else 1).",
      valueName: "N"))
  var beamWidth: Int?

  @Option(help: "How much of a frame's probability the labels that are tried add up to.")
  var cutoffProb: Double = 1

  @Option(help: "At most how many labels are tried at a frame, when --cutoff-prob is below 1.")
  var cutoffTopN: Int = 40

  @OptionGroup(title: "Scorer") var scorer: ScorerOptions

  func validate() throws {
    guard width >= 1 else {
      throw ValidationError("--beam-width: found \(width), expected 1 or more.")
    }
    guard cutoffProb > 0, cutoffProb <= 1 else {
      throw ValidationError("--cutoff-prob: found \(cutoffProb), expected above 0 and up to 1.")
    }
    guard cutoffTopN >= 1 else {
      throw ValidationError("--cutoff-top-n: found \(cutoffTopN), expected 1 or more.")
    }
  }

  /// The beam width asked for, or the default.
  var width: Int { beamWidth ?? (scorer.isUsed ? 500 : 1) }

  /// The same beam search; an error about a scorer that does not fit names the model, `path`.
  func beamSearch(_ alphabet: Alphabet, model path: String) throws -> BeamSearchDecoder? {
    do { return try beamSearch(alphabet) } catch let error as DecodingError {
      throw error.naming(model: path)
    }
  }

  /// The beam search asked for, for a model with `alphabet`; nil for the most probable label of each
  /// frame.
  func beamSearch(_ alphabet: Alphabet) throws -> BeamSearchDecoder? {
    if width == 1, !scorer.isUsed { return nil }
    return try scorer.decoder(
      beamWidth: width, cutoffProbability: cutoffProb, cutoffTopN: cutoffTopN, alphabet: alphabet)
  }
}
