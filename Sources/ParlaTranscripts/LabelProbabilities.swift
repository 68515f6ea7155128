/// An acoustic model's output for a recording: the probability of each label at each frame.
///
/// Shape [frames, labels]; the last label is CTC's blank.
public struct LabelProbabilities: Sendable, Equatable {
  /// The number of frames.
  public let frameCount: Int

  /// The number of labels, including the blank.
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
