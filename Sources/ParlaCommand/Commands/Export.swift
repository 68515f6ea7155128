import ArgumentParser
import ParlaAcousticModel

/// `parla export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the best model of a training to one self-contained file.",
    discussion: """
      Example:

        parla export --checkpoint-dir checkpoints --export-dir model

      writes model/model.safetensors: weights, alphabet and feature settings, all that recognition \
      needs.
      """)

  @Option(help: ArgumentHelp("Checkpoints of `parla train`.", valueName: "folder"))
  var checkpointDir: String

  @Option(help: ArgumentHelp("Where the model is written.", valueName: "folder"))
  var exportDir: String

  @Option(help: ArgumentHelp("The file's name, without its extension.", valueName: "name"))
  var exportFileName: String = "model"

  func run() throws {
    let model = try CheckpointFolder(path: checkpointDir).bestModel()
    try CheckpointFolder(path: exportDir).prepare()
    let path = "\(exportDir)/\(exportFileName).safetensors"
    try model.write(to: path)
    print(path)
  }
}
