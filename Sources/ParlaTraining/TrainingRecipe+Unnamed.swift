import ParlaAcousticModel
import ParlaModelDescription

extension TrainingRecipe {
  /// The recipe of the network that `configuration` does not name: that of the training that it resumes, or of the model it starts from;
  /// nil if there is neither, or if the network has no name.
  ///
  /// Changed recordings need time: a short transfer does without them. Unreadable files are reported when the training begins.
  public init?(unnamedNetworkOf configuration: TrainingConfiguration) throws {
    guard let model = configuration.networkAtHand,
      let preset = NetworkPreset(rawValue: model.description.name)
    else { return nil }
    try self.init(preset.file)
    let isTransfer = !configuration.startsInItsOwnFolder
    if isTransfer, configuration.epochs.count < Self.leastEpochsWithAugmentation {
      augmentations = nil
    }
  }

  /// With fewer epochs a transfer ends at fewer errors without augmentation (`Documentation/Measurements/TransferResults.md`).
  private static let leastEpochsWithAugmentation = 30
}

extension TrainingConfiguration {
  /// A model of the network that is trained: the newest in the folder that the training fills, else the one that it starts from.
  fileprivate var networkAtHand: AcousticModel? {
    let own = CheckpointFolder(path: checkpoint.folder)
    guard !own.holdsCheckpoint else { return try? own.bestModel(of: [.last, .best]) }
    guard let path = start.modelPath else { return nil }
    let source = CheckpointFolder(path: path)
    guard !source.holdsCheckpoint else { return try? source.bestModel(of: start.checkpoint.kinds) }
    return try? AcousticModel(path: path)
  }
}
