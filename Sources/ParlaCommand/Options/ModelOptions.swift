import ArgumentParser
import ParlaAcousticModel
import ParlaFiles
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaRecognition

/// Which trained model to use: an exported file, or the best of a folder of checkpoints.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model of any format: .safetensors, .pb, .pbmm, .tflite, a folder of Hugging Face's, or a Kurfile (.yml).",
      valueName: "file"), completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Of a folder with adapters, that of this language (adapter.LANGUAGE.safetensors).",
      valueName: "language"))
  var language: String?

  @Option(
    help: ArgumentHelp(
      "Checkpoints of `parla train` or of TensorFlow; the best is used.", valueName: "folder"),
    completion: .directory)
  var checkpointDir: String?

  @Option(
    help: ArgumentHelp(
      "Which checkpoint: auto is the best, or else the last.",
      valueName: "auto|best|last"))
  var loadEvaluate: CheckpointChoice = .auto

  @OptionGroup var alphabet: AlphabetOptions
  @OptionGroup(title: "With a Kurfile") var kurfile: KurfileOptions

  func validate() throws {
    guard (model == nil) != (checkpointDir == nil) else {
      throw ValidationError("Pass either --model FILE or --checkpoint-dir FOLDER.")
    }
  }

  /// The file or folder of the model.
  var path: String { checkpointDir ?? model ?? "" }

  /// The same, with the adapter of the selected language.
  private var adaptedPath: String {
    get throws { try ModelReader.path(path, language: language) }
  }

  /// Refuses or reports options for a model of another kind.
  private func check() throws {
    try kurfile.check(model: path)
    if loadEvaluate != .auto, FileKind(path) == .regular {
      Terminal.note("--load-evaluate has no effect with a model's file.")
    }
  }

  /// Reads the model.
  func load() throws -> AcousticModel {
    try check()
    if let model = try kurfile.model(at: path) { return model }
    return try loadEvaluate.model(at: adaptedPath, alphabet: alphabet.read())
  }

  /// A recogniser with the model.
  func recognizer(precision: WeightPrecision, threadCount: Int = 1) throws -> Recognizer {
    guard loadEvaluate == .auto, !KurfileOptions.isKurfile(path) else {
      return try Recognizer(model: load(), precision: precision, threadCount: threadCount)
    }
    try check()
    return try Recognizer(
      modelPath: adaptedPath, alphabet: alphabet.read(), precision: precision,
      threadCount: threadCount,
      readers: ModelReader.all)
  }
}
