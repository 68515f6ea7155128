extension FeatureMatrix {
  /// Each frame with `frames` frames before and after it, oldest first; padded with zeros.
  ///
  /// The result is [frames, (2 * frames + 1) * features].
  public func withContext(_ frames: Int) -> FeatureMatrix {
    precondition(frames >= 0, "a number of frames")
    let silence = [Float](repeating: 0, count: frames * featureCount)
    let padded = silence + values + silence
    let width = (2 * frames + 1) * featureCount
    var result: [Float] = []
    result.reserveCapacity(frameCount * width)
    for frame in 0..<frameCount {
      result.append(contentsOf: padded[frame * featureCount..<frame * featureCount + width])
    }
    return FeatureMatrix(frameCount: frameCount, featureCount: width, values: result)
  }
}
