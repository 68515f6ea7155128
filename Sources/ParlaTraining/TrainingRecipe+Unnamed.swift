import ParlaAcousticModel
import ParlaModelDescription

extension TrainingRecipe {
  /// The recipe of the network that `configuration` does not name: that of the training that it resumes, or of the model it starts from,
  /// which a short transfer replaces by its own; nil if there is neither, or if the network has no name.
  ///
  /// Unreadable files are reported when the training begins.
  public init?(unnamedNetworkOf configuration: TrainingConfiguration) throws {
    guard let model = configuration.networkAtHand,
      let preset = NetworkPreset(rawValue: model.description.name)
    else { return nil }
    try self.init(preset.file)
    let isShort = configuration.epochs.count < Self.leastEpochsOfTransfers
    if isShort, !configuration.startsInItsOwnFolder, self != TrainingRecipe() {
      self = .shortTransfer
    }
  }

  /// With fewer epochs a transfer ends at fewer errors by a recipe of its own: recordings that are changed more, and a rate that rises
  /// first, take longer (`Documentation/Measurements/TransferResults.md`).
  private static let leastEpochsOfTransfers = 30

  /// Adam's small steps at a rate that falls from the start, averaged over an epoch or two, with recordings that are only stretched.
  package static let shortTransfer = {
    var recipe = TrainingRecipe()
    recipe.batchSize = 4
    recipe.schedules = ["cosine"]
    recipe.averaging = "ema[decay=0.99]"
    recipe.gradientNormLimit = 5
    recipe.augmentations = ["tempo[factor=1~0.12,domain=features]"]
    return recipe
  }()
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
