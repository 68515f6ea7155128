/// Which layers of another model a training copies; the others are reinitialised.
///
/// Layers that the other model has under the same name are copied unless something here says otherwise. If the
/// alphabets differ, the last layer's outputs are copied label by label.
public struct TransferSettings: Sendable, Equatable {
  /// How many layers are reinitialised, counted from the last; the first is never among them.
  public var droppedLayerCount = 0

  /// The names of layers that are reinitialised.
  public var droppedLayers: [String] = []

  /// The names of all layers that are copied; nil for all that are not dropped.
  public var keptLayers: [String]?

  /// The alphabet of the other model, if its files lack it.
  public var sourceAlphabetPath: String?

  /// Whether the optimiser's state for copied weights is reset; nil to reset it if other weights are new.
  ///
  /// The state reflects the gradients at the end of the source's training. Those of another language are larger at first, so
  /// the steps would be too long.
  public var resetsOptimizer: Bool?

  /// Copies everything that fits.
  public init() {}

  /// Makes sure that nothing is said of a model that is not there.
  ///
  /// - Throws: `TrainingError.badSetting`.
  func requireNothing() throws(TrainingError) {
    let settings = [
      ("--drop-source-layers", droppedLayerCount != 0), ("--drop-layers", !droppedLayers.isEmpty),
      ("--keep-layers", keptLayers != nil), ("--source-alphabet", sourceAlphabetPath != nil),
      (
        resetsOptimizer == false ? "--no-reset-optimizer" : "--reset-optimizer",
        resetsOptimizer != nil
      ),
    ]
    guard let name = settings.first(where: \.1)?.0 else { return }
    throw .badSetting(
      name: name, found: "no model to start from",
      expected: "one in --load-checkpoint-dir; leave the option out to start from nothing")
  }
}

/// How fast each layer learns in proportion to the others.
public struct LayerLearning: Sendable, Equatable {
  /// The factor for the learning rate of a layer, by the layer's name.
  public var rates: [String: Float] = [:]

  /// The names of layers that do not learn.
  public var frozenLayers: [String] = []

  /// The names of the only layers that learn; nil for all that are not frozen.
  public var trainedLayers: [String]?

  /// After how many epochs the uppermost frozen layer is unfrozen, and after that many more the next; nil for never.
  ///
  /// Without `frozenLayers` all copied layers but the last start frozen.
  public var thawEpochs: Int?

  /// All layers learn alike.
  public init() {}
}
