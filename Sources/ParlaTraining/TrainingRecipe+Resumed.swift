import ParlaAcousticModel
import ParlaModelDescription

extension TrainingRecipe {
  /// What suits the network of the training that `configuration` resumes; nil where it resumes none, or the network has no name.
  ///
  /// What cannot be read is told when the training begins.
  public init?(resuming configuration: TrainingConfiguration) throws {
    let folder = CheckpointFolder(path: configuration.checkpoint.folder)
    guard folder.holdsCheckpoint, let model = try? folder.bestModel(of: [.last, .best]),
      let preset = NetworkPreset(rawValue: model.description.name)
    else { return nil }
    try self.init(preset.file)
  }
}
