import ParlaAcousticModel
import ParlaModelDescription

extension TrainingRecipe {
  /// The recipe of the training that `configuration` resumes; nil if it resumes none, if the network has no name, or if the training
  /// started from another model: that was trained without one.
  ///
  /// Unreadable files are reported when the training begins.
  public init?(resuming configuration: TrainingConfiguration) throws {
    let folder = CheckpointFolder(path: configuration.checkpoint.folder)
    guard configuration.startsInItsOwnFolder, folder.holdsCheckpoint,
      let model = try? folder.bestModel(of: [.last, .best]),
      let preset = NetworkPreset(rawValue: model.description.name)
    else { return nil }
    try self.init(preset.file)
  }
}
