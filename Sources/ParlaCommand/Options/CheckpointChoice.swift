import ArgumentParser
import ParlaAcousticModel
import ParlaModelExchange
import ParlaTranscripts

/// Which checkpoint of a folder a finished model comes from (DeepSpeech's flag `load_evaluate`).
enum CheckpointChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, best, last

  /// The model at `path`, a file or a folder; an `alphabet` is what it writes where it does not say so itself.
  func model(at path: String, alphabet: Alphabet?) throws -> AcousticModel {
    try ImportedModel(path: path, alphabet: alphabet, kinds: kinds).model
  }

  private var kinds: [CheckpointKind] {
    switch self {
    case .auto: [.best, .last]
    case .best: [.best]
    case .last: [.last]
    }
  }
}
