import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTranscripts

extension ModelCommand {
  /// `parla model compare`.
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract: "Compare the output of two models, and their errors.",
      discussion: """
        Examples:

          parla model compare model.safetensors model.tflite hello.wav

        shows the largest difference of a probability in a recording.

          parla model compare model.safetensors model.safetensors \\
            --second-precision int8 --test-files test.csv

        shows what 8-bit weights cost in word and character errors, without beam search.
        """)

    @Argument(help: "A model of any format.", completion: .file())
    var first: String

    @Argument(help: "Another one, or the same.", completion: .file())
    var second: String

    @Argument(help: "A recording.", completion: .file())
    var recording: String?

    @Option(help: ArgumentHelp("Recordings with transcripts.", valueName: "csv,…"))
    var testFiles: [FileList] = []

    @Option(help: "The precision of the first model's weights: int4, int8, bf16 or float32.")
    var firstPrecision: WeightPrecision = .float32

    @Option(help: "The precision of the second model's weights.")
    var secondPrecision: WeightPrecision = .float32

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard recording != nil || !testFiles.isEmpty else {
        throw ValidationError("Pass a recording, or recordings with transcripts in --test-files.")
      }
    }

    func run() throws {
      var recognizers = try [
        Recognizer(
          modelPath: first, precision: firstPrecision, threadCount: threads.count,
          readers: ModelReader.all),
        Recognizer(
          modelPath: second, precision: secondPrecision, threadCount: threads.count,
          readers: ModelReader.all),
      ]
      for index in recognizers.indices { recognizers[index].decoder = nil }
      for (name, (path, precision)) in zip(Self.names, models) {
        print("\(name) \(path), weights \(precision.rawValue)")
      }
      if let recording { try compare(recognizers, on: recording) }
      guard !testFiles.isEmpty else { return }
      let samples = try testFiles.paths.flatMap { try Manifest(path: $0).samples }
      for (name, recognizer) in zip(Self.names, recognizers) {
        let errors = try errors(of: recognizer, on: samples)
        print(
          "\(name) WER \(percent(errors.wordErrorRate)), "
            + "CER \(percent(errors.characterErrorRate))")
      }
    }

    /// What the two are called; their paths may be the same.
    private static let names = ["first ", "second"]

    private var models: [(path: String, precision: WeightPrecision)] {
      [(first, firstPrecision), (second, secondPrecision)]
    }

    private func errors(of recognizer: Recognizer, on samples: [Sample]) throws -> ErrorRate {
      let status = StatusLine()
      var errors = ErrorRate()
      for (number, sample) in samples.enumerated() {
        errors.add(
          reference: sample.transcript,
          hypothesis: try recognizer.transcribe(file: sample.audioPath).text)
        status.show("Recognising: \(number + 1) of \(samples.count)")
      }
      status.finish()
      return errors
    }

    private func percent(_ rate: Double) -> String {
      "\((rate * 10000).rounded() / 100) %"
    }

    private func compare(_ recognizers: [Recognizer], on recording: String) throws {
      let waveform = try AudioFile.read(recording)
      let answers = try recognizers.map { try $0.labelProbabilities(waveform) }
      guard let comparison = ModelComparison(answers[0], answers[1]) else {
        let shapes = zip(models.map(\.path), answers).map {
          "\($0) gives \($1.frameCount) frames of \($1.labelCount)"
        }
        throw ValidationError(
          "\(recording): \(shapes.joined(separator: ", ")): the models cannot be compared.")
      }
      let labels = recognizers[0].alphabet.labels
      let label = comparison.label < labels.count ? "\"\(labels[comparison.label])\"" : "the blank"
      print("largest difference  \(comparison.largestDifference)")
      print("where               frame \(comparison.frameIndex), \(label)")
      print(
        "other best label    \(comparison.disagreeingFrameCount) of \(comparison.frameCount) frames"
      )
    }
  }
}
