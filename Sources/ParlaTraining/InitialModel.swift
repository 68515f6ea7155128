import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaTranscripts

/// What a training starts from that has no checkpoint of its own: weights, and an optimiser if they come with one.
struct InitialModel {
  let path: String
  let model: AcousticModel
  let optimizer: OptimizerState?

  /// The source of the model's labels.
  let alphabetSource: AlphabetSource

  enum AlphabetSource {
    /// The model's files, or an option.
    case known
    /// Nothing but that the training's own alphabet, of that file, has as many labels.
    case assumed(path: String)
    /// Nothing: the outputs have other labels.
    case unknown
  }

  /// Joins weights with the optimiser that moved them.
  init(
    path: String, model: AcousticModel, optimizer: OptimizerState? = nil,
    alphabetSource: AlphabetSource = .known
  ) {
    self.path = path
    self.model = model
    self.optimizer = optimizer
    self.alphabetSource = alphabetSource
  }

  /// Reads the model that `configuration` names, or TensorFlow's checkpoint in the training's own folder; nil
  /// if there is neither.
  ///
  /// From a folder of checkpoints the best is used, or the newest if no development set selected the best.
  ///
  /// - Throws: `ModelError`, `TranscriptError`.
  init?(_ configuration: TrainingConfiguration) throws {
    guard let path = configuration.sourcePath else { return nil }
    let kinds = configuration.start.checkpoint.kinds
    if let checkpoint = try Self.checkpoint(path, kinds) {
      let (state, slots) = (checkpoint.state, checkpoint.optimizerSlots)
      let counts = state.stepCounts(parameterCount: checkpoint.model.parameters.tensors.count)
      self.init(
        path: path, model: checkpoint.model,
        optimizer: OptimizerState(stepCounts: counts, slots: slots))
    } else if TensorFlowCheckpoint.isFolder(path) {
      let checkpoint = try TensorFlowCheckpoint(folder: path, kinds: kinds)
      let (model, alphabetSource) = try Self.model(configuration) { (alphabet) throws(ModelError) in
        try checkpoint.model(alphabet: alphabet)
      }
      let optimizer = try checkpoint.optimizer(for: model)
      self.init(
        path: checkpoint.path, model: model,
        optimizer: optimizer.map { OptimizerState(stepCounts: $0.stepCounts, slots: $0.slots) },
        alphabetSource: alphabetSource)
    } else {
      let (model, alphabetSource) = try Self.model(configuration) { (alphabet) throws(ModelError) in
        try AcousticModel(anyFile: path, alphabet: alphabet)
      }
      self.init(path: path, model: model, alphabetSource: alphabetSource)
    }
  }

  /// Some files do not say what their model writes: an option does, or what is to be written from now on, if it has as many
  /// labels; else the labels stay unknown, which does no harm where the last layer is initialised again.
  private static func model(
    _ configuration: TrainingConfiguration,
    read: (Alphabet?) throws(ModelError) -> AcousticModel
  ) throws -> (model: AcousticModel, alphabetSource: AlphabetSource) {
    do {
      let named = try configuration.start.transfer.sourceAlphabetPath.map { try Alphabet(path: $0) }
      return (try read(named), .known)
    } catch ModelError.alphabetNeeded(let path, let labelCount) {
      if let alphabet = try configuration.alphabet(), alphabet.labels.count == labelCount {
        let path = configuration.corpus.writesBytes ? nil : configuration.corpus.alphabetPath
        return (try read(alphabet), path.map { .assumed(path: $0) } ?? .known)
      }
      return (try read(.anonymous(labelCount, path: path)), .unknown)
    }
  }

  /// The checkpoint of `parla train` of the first of `kinds` that the folder at `path` has, if it has one.
  private static func checkpoint(
    _ path: String, _ kinds: [CheckpointKind]
  ) throws(ModelError) -> Checkpoint<TrainingState>? {
    let folder = CheckpointFolder(path: path)
    for kind in kinds {
      if let found = try folder.newest(
        kind, stateType: TrainingState.self, where: \.isPossible)
      {
        return found.checkpoint
      }
    }
    guard !folder.holdsCheckpoint else { throw .noCheckpoint(folder: path) }
    return nil
  }

  /// Makes sure that the model takes `features`, unless its first layer is not used.
  func require(features: FeatureSettings, unless isDropped: Bool) throws(TrainingError) {
    guard !isDropped, features != model.description.features else { return }
    throw .sourceWithOtherFeatures(
      path: path, found: model.description.features.summary, expected: features.summary)
  }

  /// Makes sure that the model writes `alphabet` if it is in the training's own folder: a folder can have only one
  /// alphabet.
  func require(alphabet: Alphabet, in folder: String) throws(ModelError) {
    guard model.alphabet != alphabet else { return }
    var found = model.alphabet.shownLabels
    if case .unknown = alphabetSource {
      found = "\(model.alphabet.labels.count) labels that nothing names"
    }
    throw .otherAlphabet(path: folder, found: found, expected: alphabet.shownLabels)
  }
}

extension TrainingConfiguration {
  /// The alphabet asked for; nil when none was.
  func alphabet() throws(TranscriptError) -> Alphabet? {
    if corpus.writesBytes { return .bytes }
    if let alphabet = corpus.alphabet { return alphabet }
    guard let alphabetPath = corpus.alphabetPath else { return nil }
    return try Alphabet(path: alphabetPath)
  }

  /// Where the model is that a training without a checkpoint of its own starts from: the one that was named, or TensorFlow's
  /// checkpoint in the folder that the training fills; nil for fresh weights.
  var sourcePath: String? {
    guard start.checkpoint != .scratch else { return nil }
    if let path = start.modelPath, !startsInItsOwnFolder { return path }
    return TensorFlowCheckpoint.isFolder(checkpoint.folder) ? checkpoint.folder : nil
  }

  /// Whether the training starts from nothing but what its own folder holds.
  var startsInItsOwnFolder: Bool {
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
    return start.modelPath.map { place($0) == place(checkpoint.folder) } ?? true
  }
}

extension TrainingConfiguration.StartingPoint {
  /// The kinds of checkpoints that may be taken, the first that is there.
  var kinds: [CheckpointKind] {
    switch self {
    case .auto, .scratch: [.best, .last]
    case .best: [.best]
    case .last: [.last]
    }
  }
}
