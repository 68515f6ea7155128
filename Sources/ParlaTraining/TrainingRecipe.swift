import ParlaDescriptions
public import ParlaModelDescription
public import ParlaNeuralNetwork

/// How a network is trained by default: the entries of its description under `training`.
public struct TrainingRecipe: Sendable, Equatable {
  /// Length of a step of the optimiser.
  public var learningRate: Float?
  /// How gradients become steps.
  public var optimizer: OptimizationMethod?
  /// How the learning rate changes.
  public var schedules: [String]?
  /// How weights are averaged.
  public var averaging: String?
  /// The norm of all gradients that is never exceeded.
  public var gradientNormLimit: Double?
  /// How recordings are changed each time.
  public var augmentations: [String]?
  /// How many recordings make one step.
  public var batchSize: Int?

  /// An empty recipe.
  public init() {}

  /// The recipe of `file`, with `settings` in place of its own.
  ///
  /// - Throws: `ModelError.badDescription`, `TrainingError.badSetting`.
  public init(_ file: ModelFile, settings: [String: String] = [:]) throws {
    var reader = FieldReader(try file.training(settings: settings))
    do throws(DescriptionProblem) {
      learningRate = try Self.text("learning_rate", &reader).map { Float($0) ?? .nan }
      if let text = try Self.text("optimizer", &reader) {
        let specification = try Specification(text)
        optimizer = try OptimizationMethod(kind: specification.kind, specification.fields)
      }
      schedules = try reader.texts("schedules", "schedules of the learning rate")
      averaging = try Self.text("average", &reader)
      gradientNormLimit = try Self.text("clip_gradient_norm", &reader).map { Double($0) ?? .nan }
      augmentations = try reader.texts("augment", "augmentations")
      batchSize = try Self.text("batch_size", &reader).map { Int($0) ?? 0 }
      try reader.requireAllRead()
    } catch { throw TrainingError(error, option: "training") }
  }

  private static func text(
    _ name: String, _ reader: inout FieldReader
  ) throws(DescriptionProblem) -> String? {
    guard let texts = try reader.texts(name, "one value") else { return nil }
    guard texts.count == 1 else {
      throw DescriptionProblem(
        field: name, found: "\(texts.count) values", expected: "one value")
    }
    return texts[0]
  }

  /// Applies its settings to `configuration`.
  public func apply(to configuration: inout TrainingConfiguration) {
    if let learningRate { configuration.optimization.learningRate = learningRate }
    if let optimizer { configuration.optimization.optimizer = optimizer }
    if let schedules { configuration.optimization.schedules = schedules }
    if let averaging { configuration.optimization.averaging = averaging }
    if let gradientNormLimit { configuration.optimization.gradientNormLimit = gradientNormLimit }
    if let augmentations { configuration.batch.augmentations = augmentations }
    if let batchSize { configuration.batch.size = batchSize }
  }
}
