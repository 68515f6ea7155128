/// Feature vectors of successive frames, [frames, features] in row-major order.
public struct FeatureMatrix: Sendable, Equatable {
  /// The number of frames.
  public let frameCount: Int

  /// How many numbers describe a frame.
  public let featureCount: Int

  /// The numbers, frame after frame: `frameCount * featureCount` of them.
  public let values: [Float]

  /// Makes a matrix of `frameCount` rows with `featureCount` numbers each.
  public init(frameCount: Int, featureCount: Int, values: [Float]) {
    precondition(values.count == frameCount * featureCount, "[frames, features] values")
    self.frameCount = frameCount
    self.featureCount = featureCount
    self.values = values
  }
}
