import ArgumentParser
import ParlaAcousticModel

/// Which trained model to use: an exported file, or the best of a folder of checkpoints.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model of any format: .safetensors, .pb, .pbmm, .tflite.", valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp("Checkpoints of `parla train`; the best is used.", valueName: "folder"))
  var checkpointDir: String?

  func validate() throws {
    guard (model == nil) != (checkpointDir == nil) else {
      throw ValidationError("Pass either --model FILE or --checkpoint-dir FOLDER.")
    }
  }

  /// The file or folder of the model.
  var path: String { checkpointDir ?? model ?? "" }

  /// Reads the model.
  func load() throws -> AcousticModel {
    try AcousticModel(anyFile: path)
  }
}
