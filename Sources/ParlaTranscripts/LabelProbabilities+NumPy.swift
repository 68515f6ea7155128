package import ParlaFiles

extension LabelProbabilities {
  /// Reads the NumPy array [frames, labels] at `path`, the blank's probabilities last in each
  /// frame.
  ///
  /// - Throws: `TranscriptError.file`, `.notFramesByLabels`, `.notProbability`, `.notNormalized`.
  public init(path: String) throws(TranscriptError) {
    let array: NumPyArray
    do { array = try NumPyArray(path: path) } catch { throw .file(error) }
    try self.init(array: array, path: path)
  }

  /// Takes the probabilities of `array`, [frames, labels]; `path` is for messages.
  ///
  /// - Throws: `TranscriptError.notFramesByLabels`, `.notProbability`, `.notNormalized`.
  package init(array: NumPyArray, path: String) throws(TranscriptError) {
    guard array.shape.count == 2, array.shape[1] >= 2 else {
      throw .notFramesByLabels(path: path, shape: array.shape)
    }
    self.init(frameCount: array.shape[0], labelCount: array.shape[1], values: array.values)
    for frame in 0..<frameCount { try checkFrame(frame, path: path) }
  }

  /// Writes the probabilities to `path` as a NumPy array [frames, labels] of float32.
  ///
  /// - Throws: `TranscriptError.file`.
  public func write(to path: String) throws(TranscriptError) {
    let array = NumPyArray(shape: [frameCount, labelCount], values: values)
    do { try array.write(to: path) } catch { throw .file(error) }
  }

  /// Allows what 8-bit models and 16-bit files round away, and not what logits look like.
  private func checkFrame(_ frame: Int, path: String) throws(TranscriptError) {
    var sum: Float = 0
    for label in 0..<labelCount {
      let value = values[frame * labelCount + label]
      guard value >= 0, value <= 1.001 else {
        throw .notProbability(path: path, frame: frame, label: label, value: "\(value)")
      }
      sum += value
    }
    guard abs(sum - 1) <= 0.05 else { throw .notNormalized(path: path, frame: frame, sum: sum) }
  }
}
