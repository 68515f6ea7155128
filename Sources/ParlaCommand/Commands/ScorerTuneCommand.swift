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
    commandName: "tune",
    abstract: "Find the alpha and beta that make the fewest errors, and calibrate confidences.",
    discussion: """
      Example:

        parla scorer tune my.scorer --model model.safetensors --dev-files dev.csv \\
          --output my.scorer

      The network runs once over the recordings; then each trial only decodes. Use recordings that \
      neither training nor the final test has. With the best weights the confidence of words is \
      calibrated, and written into the scorer with them; --check-files shows how well it holds on \
      other recordings.
      """)

  @Argument(help: "The scorer.", completion: .file())
  var scorer: String

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.long, .customLong("test-files")],
    help: ArgumentHelp("Recordings with transcripts.", valueName: "csv,…"))
  var devFiles: [FileList]

  @Option(
    help: ArgumentHelp(
      "Other recordings, to check the confidences of words.",
      valueName: "csv,…"))
  var checkFiles: [FileList] = []

  @Option(
    help: ArgumentHelp("Where the tuned scorer is written.", valueName: "file"), completion: .file()
  )
  var output: String?

  @Option(help: ArgumentHelp("Write all trials as JSON.", valueName: "file"), completion: .file())
  var json: String?

  @Option(name: [.long, .customLong("n-trials")], help: "Number of pairs of weights to try.")
  var trials = 60

  @Option(
    name: [.long, .customLong("lm-alpha-max")], help: "Largest alpha to try.",
    transform: finite)
  var alphaMax = 5.0

  @Option(
    name: [.long, .customLong("lm-beta-max")], help: "Largest beta to try.",
    transform: finite)
  var betaMax = 5.0

  @Option(help: "Random seed for drawing weights.")
  var seed: UInt64 = 1

  @Option(help: "The beam width.")
  var beamWidth = RecognitionSettings.standard.beamWidth

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard trials >= 1, alphaMax > 0, betaMax > 0 else {
      throw ValidationError("--trials, --alpha-max and --beta-max are expected to be above 0.")
    }
    try BeamSearchDecoder.check(beamWidth: beamWidth, name: "--beam-width")
  }

  func run() throws {
    let model = try model.load()
    let opened = try open(scorer, for: model)
    let recognizer = try Recognizer(model: model, threadCount: threads.count)
    let status = StatusLine()
    let dev = try listen(devFiles.paths, recognizer, status)
    var tuning = ScorerTuning()
    (tuning.alphas, tuning.betas) = (0...alphaMax, 0...betaMax)
    (tuning.trialCount, tuning.seed, tuning.threadCount) = (trials, seed, threads.count)
    var done = 0
    var curve: [String] = []
    var lowest = Double.infinity
    let found = try tuning.run(
      opened, decoder: BeamSearchDecoder(beamWidth: beamWidth), recordings: dev.recordings,
      references: dev.transcripts
    ) { trial, best in
      done += 1
      if best.errorRate < lowest {
        lowest = best.errorRate
        curve.append("  trial \(done): \(Self.text(best))")
      }
      status.show(
        "Trial \(done) of \(trials): error rate \(rounded(trial.errorRate, 4)), "
          + "best \(rounded(best.errorRate, 4))")
    }
    status.finish()
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try AtomicFile.write(encoder.encode(found), to: json)
    }
    guard let best = tuning.best(of: found) else { return }
    var tuned = opened.weighted(alpha: best.alpha, beta: best.beta)
    let decoder = BeamSearchDecoder(beamWidth: beamWidth, scorer: tuned)
    let alphabet = recognizer.alphabet
    let evidence = decoder.evidence(
      dev.recordings, references: dev.transcripts, alphabet: alphabet)
    if let calibration = ConfidenceCalibration.fitted(to: evidence) {
      tuned = tuned.calibrated(calibration)
    }
    if let output { try tuned.write(to: output) }
    print("Improvements:\n" + curve.joined(separator: "\n"))
    print("Best neighbourhood of \(trials) trials: \(Self.text(best))")
    print("Before: \(Self.text(found[0]))")
    let calibration = tuned.calibration ?? .scorer
    show("Confidence in the words of --dev-files", evidence, calibration)
    guard !checkFiles.isEmpty else { return }
    let check = try listen(checkFiles.paths, recognizer, status)
    show(
      "Confidence in the words of --check-files",
      decoder.evidence(check.recordings, references: check.transcripts, alphabet: alphabet),
      calibration)
  }

  private func open(_ scorer: String, for model: AcousticModel) throws -> Scorer {
    do { return try Scorer(path: scorer, alphabet: model.alphabet) } catch {
      throw error.naming(model: self.model.path)
    }
  }

  private func listen(
    _ paths: [String], _ recognizer: Recognizer, _ status: StatusLine
  ) throws -> (recordings: [LabelProbabilities], transcripts: [String]) {
    let samples = try paths.flatMap { try Manifest(path: $0).samples }
    var recordings: [LabelProbabilities] = []
    for sample in samples {
      recordings.append(
        try recognizer.labelProbabilities(AudioFile.read(sample.audioPath)))
      status.show("Recognising: \(recordings.count) of \(samples.count)")
    }
    status.finish()
    return (recordings, samples.map(\.transcript))
  }

  private static func text(_ trial: ScorerTuning.Trial) -> String {
    "error rate \(rounded(trial.errorRate, 4)), alpha \(rounded(trial.alpha, 3)), "
      + "beta \(rounded(trial.beta, 3))"
  }

  private func show(
    _ title: String, _ words: [(evidence: WordEvidence, wasSaid: Bool)],
    _ calibration: ConfidenceCalibration
  ) {
    let table = ConfidenceTable(
      words.map { (calibration.confidence(of: $0.evidence), $0.wasSaid) })
    print("\(title), \(table.wordCount):")
    for row in table.rows {
      print(
        "  \(rounded(row.range.lowerBound, 1)) to \(rounded(row.range.upperBound, 1)): "
          + "\(counted(row.wordCount, "word")), mean \(rounded(row.meanConfidence, 3)), "
          + "said \(rounded(row.saidShare, 3))")
    }
    print("  calibration error \(rounded(table.calibrationError, 3))")
  }
}
