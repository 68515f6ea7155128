import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaDecoding
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts

/// `parla scorer tune`.
struct ScorerTuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Find the alpha and beta that make the fewest errors.",
    discussion: """
      Example:

        parla scorer tune my.scorer --model model.safetensors --dev-files dev.csv --output my.scorer

      The network runs once over the recordings; then each trial only decodes. Use recordings that \
      neither training nor the final test has.
      """)

  @Argument(help: "The scorer.")
  var scorer: String

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.long, .customLong("test-files")],
    help: ArgumentHelp("Recordings with transcripts.", valueName: "csv,…"))
  var devFiles: [FileList]

  @Option(help: ArgumentHelp("Where the tuned scorer is written.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Write all trials as JSON.", valueName: "file"))
  var json: String?

  @Option(name: [.long, .customLong("n-trials")], help: "Pairs of weights that are tried.")
  var trials = 60

  @Option(name: [.long, .customLong("lm-alpha-max")], help: "The largest alpha that is tried.")
  var alphaMax = 5.0

  @Option(name: [.long, .customLong("lm-beta-max")], help: "The largest beta that is tried.")
  var betaMax = 5.0

  @Option(help: "What the drawing of weights starts from.")
  var seed: UInt64 = 1

  @Option(help: "Prefixes that the beam search keeps.")
  var beamWidth = 500

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard trials >= 1, alphaMax > 0, betaMax > 0, beamWidth >= 1 else {
      throw ValidationError(
        "--trials, --alpha-max, --beta-max and --beam-width are expected to be above 0.")
    }
  }

  func run() throws {
    let model = try model.load()
    let opened = try Scorer(path: scorer, alphabet: model.alphabet)
    let recognizer = try Recognizer(model: model, threadCount: threads.count)
    let samples = try devFiles.paths.flatMap { try Manifest(path: $0).samples }
    let status = StatusLine()
    var recordings: [LabelProbabilities] = []
    for sample in samples {
      recordings.append(
        try recognizer.labelProbabilities(AudioFile.read(sample.audioPath)))
      status.show("Listening: \(recordings.count) of \(samples.count)")
    }
    var tuning = ScorerTuning()
    (tuning.alphas, tuning.betas) = (0...alphaMax, 0...betaMax)
    (tuning.trialCount, tuning.seed) = (trials, seed)
    var done = 0
    let found = try tuning.run(
      opened, decoder: BeamSearchDecoder(beamWidth: beamWidth), recordings: recordings,
      references: samples.map(\.transcript)
    ) { trial, best in
      done += 1
      status.show(
        "Trial \(done) of \(trials): error rate \(trial.errorRate), best \(best.errorRate)")
    }
    status.clear()
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try AtomicFile.write(encoder.encode(found), to: json)
    }
    guard let best = found.min(by: { $0.errorRate < $1.errorRate }) else { return }
    if let output {
      try opened.weighted(alpha: best.alpha, beta: best.beta).write(to: output)
    }
    print("alpha \(best.alpha)  beta \(best.beta)  error rate \(best.errorRate)")
    print("before: alpha \(opened.alpha)  beta \(opened.beta)  error rate \(found[0].errorRate)")
  }
}
