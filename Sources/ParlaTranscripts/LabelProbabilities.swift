/// What an acoustic model says of a recording: at each frame, how probable each label is.
///
/// Shape [frames, labels]; the last label is CTC's blank.
public struct LabelProbabilities: Sendable, Equatable {
  /// How many frames there are.
  public let frameCount: Int

  /// How many labels there are, the blank included.
  public let labelCount: Int

  /// Probabilities in [0, 1], frame after frame: `frameCount * labelCount` of them.
  public let values: [Float]

  /// Makes a matrix of `frameCount` rows with `labelCount` probabilities each, the blank's last.
  public init(frameCount: Int, labelCount: Int, values: [Float]) {
    precondition(values.count == frameCount * labelCount, "[frames, labels] values")
    self.frameCount = frameCount
    self.labelCount = labelCount
    self.values = values
  }

  /// The index of CTC's blank: the last label.
  public var blank: Int { labelCount - 1 }
}
