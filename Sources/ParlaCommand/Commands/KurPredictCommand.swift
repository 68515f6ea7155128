import ArgumentParser
import ParlaFiles
import ParlaKur
import ParlaNeuralNetwork

/// `parla kur predict`.
struct KurPredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Run a Kurfile's model on NumPy arrays.",
    discussion: """
      EXAMPLE
        parla kur predict speech.yml --weights weights --input in.npz \\
          --output out.npz

      The input file has an array [batch, ...] for each of the model's inputs, by name (numpy.savez); the output file gets one for \
      each of its outputs. Weights are those of the Kurfile's own backend, since Kur's files differ from backend to backend.
      """)

  @Argument(
    help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"), completion: .file())
  var kurfile: String

  @Option(help: "The weights: a folder of .kur files, or an .npz file with the same names.")
  var weights: String

  @Option(help: "The input arrays (.npz).", completion: .file())
  var input: String

  @Option(help: "The file for the output arrays (.npz).", completion: .file())
  var output: String

  @OptionGroup var version: KerasVersionOption

  func run() throws {
    let prediction = try KurPrediction(
      kurfile: kurfile, weights: weights, input: input, kerasVersion: version.kerasVersion,
      compute: Compute(threadCount: 1))
    for note in prediction.notes { Terminal.note(note) }
    try prediction.outputs.write(to: output)
  }
}
