import ArgumentParser
import ParlaAcousticModel
import ParlaModelExchange
import ParlaTranscripts

extension ModelCommand {
  /// `parla model import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Convert a DeepSpeech or Coqui STT model to Parla's format.",
      discussion: """
        Example:

          parla model import deepspeech-0.9.3-checkpoint --alphabet alphabet.txt --output en.safetensors
          parla model import output_graph.pbmm --output en.safetensors

        Reads .pb, .pbmm, .tflite and TensorFlow's checkpoints, which are recognised by their content.
        """)

    @Argument(help: "A model file, a folder of checkpoints, or one checkpoint of it by its name.")
    var file: String

    @Option(help: ArgumentHelp("Where the model is written.", valueName: "file"))
    var output: String

    @OptionGroup var alphabet: AlphabetOptions

    func run() throws {
      try ImportedModel(path: file, alphabet: alphabet.read()).model.write(to: output)
      Terminal.report(output, on: output)
    }
  }
}
