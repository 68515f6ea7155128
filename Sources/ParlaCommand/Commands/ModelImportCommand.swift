import ArgumentParser
import ParlaAcousticModel
import ParlaModelExchange
import ParlaTranscripts

extension ModelCommand {
  /// `parla model import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Convert a DeepSpeech, Coqui STT or Hugging Face model to Parla's format.",
      discussion: """
        Examples:

          parla model import deepspeech-0.9.3-checkpoint --alphabet alphabet.txt \\
            --output en.safetensors
          parla model import output_graph.pbmm --output en.safetensors
          parla model import wav2vec2-base-960h --output en.safetensors
          parla model import mms-1b-all --language deu --output de.safetensors

        Reads .pb, .pbmm, .tflite and TensorFlow's checkpoints, and folders of Hugging Face's transformers with \
        Wav2Vec2, XLS-R, MMS, HuBERT, WavLM, data2vec or Wav2Vec2-BERT models, all recognised by their content.
        """)

    @Argument(
      help: "A model file, a folder of checkpoints, or one checkpoint of it by its name.",
      completion: .file())
    var file: String

    @Option(
      help: ArgumentHelp("Where the model is written.", valueName: "file"), completion: .file())
    var output: String

    @Option(
      help: ArgumentHelp(
        "Of a folder with adapters, that of this language (adapter.LANGUAGE.safetensors).",
        valueName: "language"))
    var language: String?

    @OptionGroup var alphabet: AlphabetOptions

    func run() throws {
      let path = try ModelReader.path(file, language: language)
      try ImportedModel(path: path, alphabet: alphabet.read()).model.write(to: output)
      Terminal.report(output, on: output)
    }
  }
}
