import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTranscripts

extension ModelCommand {
  /// `parla model probabilities`.
  struct Probabilities: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "probabilities",
      abstract: "Write a model's label probabilities for a recording, as a NumPy array.",
      discussion: """
        Example:

          parla model probabilities model.pb hello.wav --output hello.npy
          parla decode hello.npy --alphabet alphabet.txt

        The array is [frames, labels], the blank last. In place of a recording there may be an array of its \
        features, [frames, features] without context, as `parla features` writes them, or of its samples, \
        [samples], at the model's rate. --logits writes what the last layer gives, in floats.
        """)

    @Argument(help: "A model of any format.", completion: .file())
    var file: String

    @Argument(
      help: "The recording, or its features or samples as a NumPy array (.npy).",
      completion: .file())
    var recording: String

    @Option(
      help: ArgumentHelp("Where the array is written.", valueName: "npy"), completion: .file())
    var output: String

    @Flag(help: "Write logits, not probabilities.")
    var logits = false

    @Option(
      help: ArgumentHelp(
        "Language whose adapter is used (adapter.LANGUAGE.safetensors).",
        valueName: "language"))
    var language: String?

    @Option(help: "The precision of the weights: int4, int8, bf16 or float32.")
    var precision: WeightPrecision = .float32

    @OptionGroup var threads: ThreadOptions

    func run() throws {
      let found = try probabilities(ModelReader.path(file, language: language))
      try NumPyArray(shape: [found.frameCount, found.labelCount], values: found.values)
        .write(to: output)
      Terminal.report(
        "\(output): \(counted(found.frameCount, "frame")) of \(counted(found.labelCount, "label"))",
        on: output)
    }

    private func probabilities(_ path: String) throws -> LabelProbabilities {
      if recording.hasSuffix(".npy") {
        return try AcousticModel(anyFile: path)
          .probabilities(ofArray: recording, areLogits: logits, threadCount: threads.count)
      }
      let sound = try AudioFile.read(recording)
      guard logits else {
        return try Recognizer(
          modelPath: path, precision: precision, threadCount: threads.count,
          readers: ModelReader.all
        ).labelProbabilities(sound)
      }
      let model = try AcousticModel(anyFile: path)
      return try model.probabilities(
        of: sound.resampled(to: model.description.features.sampleRate), areLogits: true,
        threadCount: threads.count)
    }
  }
}
