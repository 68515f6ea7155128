import ArgumentParser
import ParlaAcousticModel
import ParlaFiles
import ParlaMPI
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaSpelling
import ParlaTraining
import ParlaTranscripts

/// `parla evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model's error rates on unseen recordings.",
    discussion: """
      Example:

        parla evaluate --model model/model.safetensors --test-files test.csv \\
          --json errors.json

      --processes 4 or --hosts one:4,two:4 share the recordings out, with Open MPI; the figures are the same.

      Measures what parla transcribe writes: the same network, with the same precision and beam, and \
      silences of a second or more skipped. Only the loss is that of the whole recording. \
      Samples are shown as DeepSpeech does: sorted by WER, among equals the highest loss first. The \
      last line is: WER 0.1234  CER 0.0456  (N samples). WER counts wrong, missing and \
      extra words relative to the number of words said, CER the same for characters.
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("Recordings with transcripts.", valueName: "csv,…"))
  var testFiles: [FileList]

  @Option(
    name: [.customLong("json"), .customLong("test-output-file")],
    help: ArgumentHelp("Write every sample with its errors as JSON.", valueName: "file"),
    completion: .file())
  var json: String?

  @Option(
    name: [.customLong("batch-size"), .customLong("test-batch-size")],
    help: "Recordings per batch.")
  var batchSize: Int = 16

  @Option(help: "Number of the best, middle and worst samples to show.")
  var reportCount: Int = 5

  @Option(help: "Evaluate only the N shortest recordings; 0 for all.")
  var limitTest: Int = 0

  @Flag(help: "Unify look-alike characters, as parla train --normalize does.")
  var normalize = false

  @Flag(
    inversion: .prefixedNo, help: "Skip silences, as parla transcribe does.")
  var voiceActivity = RecognitionSettings.standard.leavesOutSilence

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup(title: "Processes") var processes: ProcessOptions

  func validate() throws {
    for (name, value) in [("report-count", reportCount), ("limit-test", limitTest)] where value < 0
    {
      throw ValidationError("--\(name): found \(value), expected 0 or more.")
    }
  }

  func run() throws {
    try processes.launch()
    try processes.together(resumption: "begins again", run(among:))
  }

  private func run(among team: ProcessOptions.Team?) throws {
    let peers: any Peers = team?.peers ?? Alone()
    if let json, peers.isFirst { try AtomicFile.prepare(json) }
    let status = StatusLine()
    let model = try peers.model { try self.model.load() }
    let search = try decoder.beamSearch(
      model.alphabet, model: self.model.path, advisedWidth: model.metadata?.beamWidth)
    let ranksByCharacters = model.alphabet.isBytes
    let evaluation = try Evaluation(
      model, named: self.model.path, testFiles: testFiles.paths,
      decoder: search.map { .beamSearch($0) } ?? .greedy, precision: precision.precision,
      leavesOutSilence: voiceActivity, batchSize: batchSize,
      threadCount: threads.count, limit: limitTest,
      normalizer: normalize ? .lookAlikes : nil, peers: peers
    ) { done, total in status.show("Evaluating: \(done) of \(total)") }
    team?.peers.finish()
    guard peers.isFirst else { return }
    status.finish()
    EvaluationReport.print(
      evaluation, testFiles: testFiles.paths, precision: precision.precision,
      leavesOutSilence: voiceActivity, decoder: search,
      count: reportCount, ranksByCharacters: ranksByCharacters)
    if let json { try EvaluationReport.write(evaluation, to: json) }
  }
}
