import ParlaAcousticModel
import ParlaModelDescription

extension TrainingRecipe {
  /// The recipe of the network that `configuration` does not name: that of the training that it resumes, or of the model it starts from;
  /// nil if there is neither, if the network has no name, or for a short transfer.
  ///
  /// Unreadable files are reported when the training begins.
  public init?(unnamedNetworkOf configuration: TrainingConfiguration) throws {
    guard
      configuration.startsInItsOwnFolder
        || configuration.epochs.count >= Self.leastEpochsOfTransfers,
      let model = configuration.networkAtHand,
      let preset = NetworkPreset(rawValue: model.description.name)
    else { return nil }
    try self.init(preset.file)
  }

  /// With fewer epochs a transfer ends at fewer errors without a recipe: changed recordings and a rate that rises first take longer
  /// (`Documentation/Measurements/TransferResults.md`).
  private static let leastEpochsOfTransfers = 30
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
