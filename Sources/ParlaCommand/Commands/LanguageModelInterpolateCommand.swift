import ArgumentParser
import Foundation
import ParlaLanguageModel
import ParlaLanguageModelBuilding

/// `parla lm interpolate`.
struct LanguageModelInterpolate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interpolate",
    abstract: "Mix language models linearly into one ARPA file.",
    discussion: """
      With --tune, the weights are those under which a held-out text is most probable; they are \
      printed to standard error.

      EXAMPLE
        parla lm interpolate --models news.arpa talk.arpa --tune dev.txt \\
          --output mixed.arpa
      """)

  @Option(
    name: [.customShort("m"), .long], parsing: .upToNextOption, help: "ARPA files, two or more.",
    completion: .file())
  var models: [String]

  @Option(
    name: [.customShort("w"), .long], parsing: .upToNextOption,
    help: "One weight for each model, with the sum 1.", transform: finite)
  var weights: [Double] = []

  @Option(
    name: [.customShort("t"), .long],
    help: "Held-out sentences, one per line, to find the weights.", completion: .file())
  var tune: String?

  @Option(name: [.customShort("o"), .long], help: "The ARPA file to write.", completion: .file())
  var output: String?

  @Flag(help: "Print the weights on standard output and write nothing.")
  var justTune = false

  func validate() throws {
    guard weights.isEmpty != (tune == nil) else {
      throw ValidationError("Pass either --weights or --tune.")
    }
    guard justTune != (output != nil) else {
      throw ValidationError("Pass either --output or --just-tune.")
    }
  }

  func run() throws {
    let mixture = try ModelMixture(arpa: models)
    let weights = try tune.map { try mixture.weights(for: $0) } ?? weights
    if tune != nil {
      let text = weights.map { "\($0)" }.joined(separator: " ") + "\n"
      let handle = justTune ? FileHandle.standardOutput : FileHandle.standardError
      try handle.write(contentsOf: Data(text.utf8))
    }
    if let output { try mixture.write(to: output, weights: weights) }
  }
}
