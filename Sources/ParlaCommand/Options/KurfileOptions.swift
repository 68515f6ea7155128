import ArgumentParser
import ParlaAcousticModel
import ParlaFiles
import ParlaKur

/// A Kurfile in the place of a model's file.
struct KurfileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Kur's weights. (default: the first existing folder of those that the Kurfile names for evaluation, tests, \
      validation, training)
      """, valueName: "folder"), completion: .directory)
  var weights: String?

  @OptionGroup var version: KerasVersionOption

  /// Whether the file at `path` is a Kurfile, by its name.
  static func isKurfile(_ path: String) -> Bool {
    ["yml", "yaml"].contains(path.fileExtension.lowercased())
  }

  /// Refuses options that are about a Kurfile where the file at `model` is something else.
  func check(model: String) throws {
    guard weights == nil || Self.isKurfile(model) else {
      throw ValidationError("--weights: found the model \(model), expected a Kurfile (.yml).")
    }
  }

  /// The model of the Kurfile at `path`; nil where the file is something else.
  func model(at path: String) throws -> AcousticModel? {
    guard Self.isKurfile(path) else { return nil }
    let (kurfile, _) = try KurCommand.evaluated(path)
    let found = try KurSpeechModel(
      kurfile, weights: weights, kerasVersion: version.kerasVersion, .parla(kurfile))
    for note in found.notes { Terminal.note(note) }
    Terminal.note("\(path): weights of \(found.weightPath)")
    return found.model
  }
}

/// The version of Keras under Kur, on which batch normalisation depends.
struct KerasVersionOption: ParsableArguments {
  @Option(
    help: """
      The version of Keras whose batch normalization the model has: 2.0.4 and later use the stored statistics, 2.0.3, 1.2.2 and \
      earlier those of the batch.
      """)
  var kerasVersion = KerasVersion.usual
}

extension KerasVersion: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
  package var defaultValueDescription: String { description }
}
