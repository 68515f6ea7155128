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

        The array is [frames, labels], the blank last. In place of a recording there may be its features, \
        [frames, features] without context, as `parla features` writes them.
        """)

    @Argument(help: "A model of any format.")
    var file: String

    @Argument(help: "The recording, or its features as a NumPy array (.npy).")
    var recording: String

    @Option(help: ArgumentHelp("Where the array is written.", valueName: "npy"))
    var output: String

    @Option(help: "The precision of the weights: int8, bf16 or float32.")
    var precision: WeightPrecision = .float32

    @OptionGroup var threads: ThreadOptions

    func run() throws {
      let found =
        recording.hasSuffix(".npy")
        ? try AcousticModel(anyFile: file)
          .probabilities(ofArray: recording, threadCount: threads.count)
        : try Recognizer(
          modelPath: file, precision: precision, threadCount: threads.count,
          readers: ModelReader.all
        )
        .labelProbabilities(AudioFile.read(recording))
      try NumPyArray(shape: [found.frameCount, found.labelCount], values: found.values)
        .write(to: output)
      Terminal.report(
        "\(output): \(found.frameCount) frames of \(found.labelCount) labels", on: output)
    }
  }
}
