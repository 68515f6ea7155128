import ArgumentParser
import ParlaAcousticModel

/// `parla export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the best model of a training to one self-contained file.",
    discussion: """
      Example:

        parla export --checkpoint-dir checkpoints --export-dir model

      writes model/model.safetensors: weights, alphabet and feature settings, all that recognition \
      needs.

        parla export --checkpoint-dir checkpoints --format tflite --quantize \\
          --export-dir model

      writes model/model.tflite for the official clients. A model card, model.tflite.md, is written next to it. \
      Several formats, such as --format pb,pbmm, give one file each.

        parla export --checkpoint-dir checkpoints --format transformers \\
          --export-dir model

      fills the folder with what Hugging Face's transformers load: a model of the wav2vec 2.0 family.

        parla export --checkpoint-dir speech.yml --weights weights --export-dir model

      does it with the speech model of a Kurfile, whose normalization becomes a layer.
      """)

  @Option(
    help: ArgumentHelp(
      "Checkpoints of `parla train` or of TensorFlow, a model of any format, or a Kurfile.",
      valueName: "folder"), completion: .file())
  var checkpointDir: String

  @Option(
    help: ArgumentHelp("Where the model is written.", valueName: "folder"), completion: .directory)
  var exportDir: String = "."

  @Option(
    help: ArgumentHelp(
      "The file itself, in place of --export-dir and --export-file-name.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Which checkpoint: auto is the best, or else the last.",
      valueName: "auto|best|last"))
  var loadEvaluate: CheckpointChoice = .auto

  @OptionGroup var alphabet: AlphabetOptions
  @OptionGroup var export: ExportOptions
  @OptionGroup(title: "With a Kurfile") var kurfile: KurfileOptions

  func validate() throws {
    guard output == nil || export.chosenFormats.count == 1 else {
      throw ValidationError("--output: found several formats, expected one. Pass --export-dir.")
    }
  }

  func run() throws {
    try kurfile.check(model: checkpointDir)
    let model =
      try kurfile.model(at: checkpointDir)
      ?? loadEvaluate.model(at: checkpointDir, alphabet: alphabet.read())
    if let output, let format = export.chosenFormats.first {
      try export.write(model, as: format, to: output)
      Terminal.report(output, on: output)
      return
    }
    for path in try export.write(model, to: exportDir, namesLikeDeepSpeech: false) { print(path) }
  }
}
