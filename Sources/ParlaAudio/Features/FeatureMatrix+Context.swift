extension FeatureMatrix {
  /// Every frame with `count` frames before and after it, oldest first; zeros stand beyond the ends.
  ///
  /// The result has `2 count + 1` times as many features.
  public func withContext(_ count: Int) -> FeatureMatrix {
    precondition(count >= 0, "no fewer than 0 frames of context")
    guard count > 0 else { return self }
    let padding = [Float](repeating: 0, count: count * featureCount)
    let padded = padding + values + padding
    let width = (2 * count + 1) * featureCount
    let windows = (0..<frameCount).flatMap { padded[$0 * featureCount..<$0 * featureCount + width] }
    return FeatureMatrix(frameCount: frameCount, featureCount: width, values: windows)
  }
}
