import ArgumentParser
import ParlaDecoding

/// How label probabilities become text.
struct DecoderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Prefixes that the beam search keeps; 1 reads the most probable label of each frame.",
      valueName: "N"))
  var beamWidth: Int = 1

  @Option(help: "How much of a frame's probability the labels that are tried add up to.")
  var cutoffProb: Double = 1

  @Option(help: "At most how many labels are tried at a frame, when --cutoff-prob is below 1.")
  var cutoffTopN: Int = 40

  func validate() throws {
    guard beamWidth >= 1 else {
      throw ValidationError("--beam-width: found \(beamWidth), expected 1 or more.")
    }
    guard cutoffProb > 0, cutoffProb <= 1 else {
      throw ValidationError("--cutoff-prob: found \(cutoffProb), expected above 0 and up to 1.")
    }
    guard cutoffTopN >= 1 else {
      throw ValidationError("--cutoff-top-n: found \(cutoffTopN), expected 1 or more.")
    }
  }

  /// The beam search asked for; nil for the most probable label of each frame.
  var beamSearch: BeamSearchDecoder? {
    beamWidth == 1
      ? nil
      : BeamSearchDecoder(
        beamWidth: beamWidth, cutoffProbability: cutoffProb, cutoffTopN: cutoffTopN)
  }
}
