/// Which layers of another model a training takes over; the others start anew.
///
/// Layers that the other model has under the same name are taken over unless something here says otherwise. Where the
/// alphabets differ, the last layer's outputs are taken over label by label.
public struct TransferSettings: Sendable, Equatable {
  /// How many layers start anew, counted from the last; the first is never among them.
  public var droppedLayerCount = 0

  /// The names of layers that start anew.
  public var droppedLayers: [String] = []

  /// The names of all layers that are taken over; nil for all that are not dropped.
  public var keptLayers: [String]?

  /// The alphabet of the other model, where its files do not say it.
  public var sourceAlphabetPath: String?

  /// Whether the optimiser forgets what it remembers of weights that are taken over; nil for when others are new.
  ///
  /// What it remembers is how large the gradients were at the source's end. Those of another language are larger at first, so
  /// that its steps would be too long.
  public var resetsOptimizer: Bool?

  /// Takes over everything that fits.
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
  /// What the learning rate of a layer is multiplied by, by the layer's name.
  public var rates: [String: Float] = [:]

  /// The names of layers that do not learn.
  public var frozenLayers: [String] = []

  /// After how many epochs the uppermost frozen layer thaws, and after as many more the next; nil for never.
  ///
  /// Without `frozenLayers` all layers start frozen that were taken over, but the last.
  public var thawEpochs: Int?

  /// All layers learn alike.
  public init() {}
}
