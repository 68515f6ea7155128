/// The choices that settings offer.
extension TrainingConfiguration {
  /// How long to wait for a better model.
  public struct Patience: Sendable, Equatable {
    /// How many epochs without improvement are enough.
    public var epochs: Int

    /// By how much the loss must fall to count as an improvement.
    public var minimumImprovement: Double

    /// Waits `epochs` epochs for the loss to fall by `minimumImprovement`.
    public init(epochs: Int = 25, minimumImprovement: Double = 0.05) {
      self.epochs = epochs
      self.minimumImprovement = minimumImprovement
    }
  }

  /// The response to a loss that no longer falls.
  public struct Plateau: Sendable, Equatable {
    /// When the loss counts as falling no longer.
    public var patience: Patience

    /// The factor for the learning rate.
    public var factor: Float

    /// Multiplies the learning rate by `factor` whenever `patience` ends.
    public init(patience: Patience = Patience(epochs: 10), factor: Float = 0.1) {
      self.patience = patience
      self.factor = factor
    }
  }

  /// How exact the operands of matrix products are; weights, gradients and sums are float32 in any case.
  public enum Precision: String, Sendable, CaseIterable {
    /// `bf16` if it is faster on this processor, else `float32`.
    case auto
    /// 8 significant bits, in the range of float32.
    case bf16
    /// 24 significant bits.
    case float32
  }

  /// The checkpoint that a training starts from (DeepSpeech's flag `load_train`).
  public enum StartingPoint: String, Sendable, CaseIterable {
    /// The newest of its own checkpoints; else the best of another model's, or its newest; else new weights.
    case auto
    /// The best checkpoint, and no other.
    case best
    /// The newest checkpoint, and no other.
    case last
    /// New weights, in a folder without checkpoints of its own.
    case scratch = "init"
  }

  /// The criterion for the best model.
  public enum Criterion: String, Sendable, CaseIterable, Codable {
    /// A lower CTC loss on the development set.
    case loss
    /// A lower character error rate on the development set, decoded greedily; of equal ones, a lower loss.
    case cer

    /// Whether the model of one epoch is better than that of another; without a development set, the later one.
    func isBetter(_ epoch: EpochReport, than other: EpochReport) -> Bool {
      guard let loss = epoch.devLoss, let otherLoss = other.devLoss else { return true }
      guard self == .cer, let rate = epoch.devCharacterErrorRate,
        let otherRate = other.devCharacterErrorRate
      else { return loss < otherLoss }
      return (rate, loss) < (otherRate, otherLoss)
    }
  }
}
