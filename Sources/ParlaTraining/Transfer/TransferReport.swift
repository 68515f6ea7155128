/// A report of what a training copied from another model.
public struct TransferReport: Sendable, Equatable {
  /// The path of the other model.
  public let path: String

  /// The layers in the order of the data flow, each with its origin.
  public let layers: [Layer]

  /// The mapping of the last layer's outputs; nil if the alphabets are equal or the layer is reinitialised.
  public let labels: Labels?

  /// Whether the optimiser keeps its state for the weights that were copied.
  public private(set) var keepsOptimizer: Bool

  /// The alphabet's file that was assumed for the other model because of its number of labels; nil if the model has an alphabet.
  public let assumedAlphabetPath: String?

  /// Whether the training saves its checkpoints in the other model's folder.
  public private(set) var sharesFolder = false

  /// The same, with the decision on the optimiser's state and whether the folder is the training's own.
  func keepingOptimizer(_ keeps: Bool, sharesFolder: Bool = false) -> TransferReport {
    var report = self
    report.keepsOptimizer = keeps
    report.sharesFolder = sharesFolder
    return report
  }

  /// A layer that learns.
  public struct Layer: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// The origin of its weights.
    public let origin: Origin
  }

  /// The origin of a layer's weights.
  public enum Origin: Sendable, Equatable {
    /// All of them from the other model.
    case copied
    /// From the other model, label by label.
    case remapped
    /// From the seed.
    case new
  }

  /// The outcome for the labels.
  public struct Labels: Sendable, Equatable {
    /// Labels of both alphabets, whose weights are kept.
    public let copied: [String]
    /// New labels that start as the letter which they are a variant of.
    public let related: [Relation]
    /// New labels that start from the seed.
    public let new: [String]
    /// Labels of the other model that the new one does not write.
    public let dropped: [String]
  }

  /// A new label and the letter that it starts as.
  public struct Relation: Sendable, Equatable {
    /// The new label.
    public let label: String
    /// The other model's label.
    public let origin: String
  }
}
