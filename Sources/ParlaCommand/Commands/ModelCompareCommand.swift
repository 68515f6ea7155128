import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaRecognition
import ParlaTranscripts

extension ModelCommand {
  /// `parla model compare`.
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far two models' answers to a recording are from each other.",
      discussion: """
        Example:

          parla model compare model.safetensors model.tflite hello.wav
        """)

    @Argument(help: "A model of any format.")
    var first: String

    @Argument(help: "Another one.")
    var second: String

    @Argument(help: "The recording.")
    var recording: String

    @OptionGroup var threads: ThreadOptions

    func run() throws {
      let waveform = try AudioFile.read(recording)
      let models = [first, second]
      let answers = try models.map { path in
        let model = try AcousticModel(anyFile: path)
        let found = try Recognizer(model: model, threadCount: threads.count)
          .labelProbabilities(waveform)
        return (path: path, alphabet: model.alphabet, probabilities: found)
      }
      guard let comparison = ModelComparison(answers[0].probabilities, answers[1].probabilities)
      else {
        let shapes = answers.map {
          "\($0.path) gives \($0.probabilities.frameCount) frames of \($0.probabilities.labelCount)"
        }
        throw ValidationError(
          "\(recording): \(shapes.joined(separator: ", ")): the models cannot be compared.")
      }
      let labels = answers[0].alphabet.labels
      let label = comparison.label < labels.count ? "\"\(labels[comparison.label])\"" : "the blank"
      print("largest difference  \(comparison.largestDifference)")
      print("where               frame \(comparison.frameIndex), \(label)")
      print(
        "other best label    \(comparison.disagreeingFrameCount) of \(comparison.frameCount) frames"
      )
    }
  }
}
