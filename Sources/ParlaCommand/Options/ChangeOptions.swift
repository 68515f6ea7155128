import ArgumentParser
import ParlaCorpus
import ParlaNeuralNetwork

/// How recordings are changed once, for listening or saving.
struct ChangeOptions: ParsableArguments {
  @Option(
    name: .customLong("augment"),
    help: ArgumentHelp(
      "Change recordings, as parla train --augment does; may be repeated. Changes of features are skipped.",
      valueName: "name[parameter=value,…]"))
  var specifications: [String] = []

  @Option(help: "Random seed: the same seed gives the same changes.")
  var seed: UInt64 = 1

  /// The changes as they are when a training is at `clock`, from 0 to 1.
  func changes(clock: Double) throws -> SoundChanges {
    guard (0...1).contains(clock) else {
      throw ValidationError("--clock \(clock): expected 0 to 1.")
    }
    guard !specifications.isEmpty else { return .none }
    return try SoundChanges(specifications, clock: clock) { [seed] index in
      SeededGenerator(mixing: seed, 0x6368_616e_6765_7321, UInt64(index))
    }
  }
}
