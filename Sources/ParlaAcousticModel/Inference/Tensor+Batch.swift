package import ParlaAudio
package import ParlaNeuralNetwork
package import ParlaTranscripts

extension Tensor {
  /// Recordings side by side, every frame with its context: [frames, batch, features].
  ///
  /// Shorter recordings are filled up with zeros; so is the context beyond a recording's ends.
  package init(batching recordings: [FeatureMatrix], contextFrameCount context: Int) {
    let featureCount = recordings.first?.featureCount ?? 0
    precondition(
      recordings.allSatisfy { $0.featureCount == featureCount }, "recordings of the same features")
    self.init(
      windows: recordings.map { ContextWindows.all(of: $0, contextFrameCount: context) },
      counts: recordings.map(\.frameCount), featureCount: featureCount,
      width: featureCount * (2 * context + 1))
  }

  /// Windows of some sequences side by side, as `ContextWindows.take` gives them, `counts` of each: [windows, batch, width].
  ///
  /// Sequences with fewer windows are filled up with zeros.
  package init(windows: [[Float]], counts: [Int], featureCount: Int, width: Int) {
    let windowCount = counts.max() ?? 0
    self.init(unwritten: [windowCount, windows.count, width])
    let target = unsafe mutablePointer
    for (sequence, values) in windows.enumerated() {
      let count = counts[sequence]
      precondition(
        values.count == (count == 0 ? 0 : (count - 1) * featureCount + width), "\(count) windows")
      unsafe values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress else { return }
        for window in 0..<count {
          unsafe (target + (window * windows.count + sequence) * width).update(
            from: source + window * featureCount, count: width)
        }
      }
      for window in count..<windowCount {
        unsafe (target + (window * windows.count + sequence) * width).update(
          repeating: 0, count: width)
      }
    }
  }
}

extension Sequences {
  /// These logits as probabilities of the labels of `alphabet` and the blank; what stands for no text has none.
  func probabilities(of alphabet: Alphabet, _ compute: Compute) -> Sequences {
    var result = self
    let silent = alphabet.silentLabels
    // A logit so small that the others share the frame among them.
    result.values.set(silent, to: -1e30)
    compute.softmax(&result.values)
    result.values.set(silent, to: 0)
    return result
  }

  /// The frames of each sequence, without padding.
  package var labelProbabilities: [LabelProbabilities] {
    let (batch, labels) = (count, featureCount)
    return lengths.enumerated().map { number, frameCount in
      let frames = unsafe [Float](unsafeUninitializedCapacity: frameCount * labels) {
        buffer, count in
        for frame in 0..<frameCount {
          guard let target = buffer.baseAddress else { break }
          unsafe (target + frame * labels).update(
            from: values.pointer + (frame * batch + number) * labels, count: labels)
        }
        count = frameCount * labels
      }
      return LabelProbabilities(frameCount: frameCount, labelCount: labels, values: frames)
    }
  }
}

extension Tensor {
  /// Sets `columns` of all rows.
  fileprivate mutating func set(_ columns: [Int], to value: Float) {
    guard !columns.isEmpty else { return }
    let (rows, width) = (rowCount, columnCount)
    let target = unsafe mutablePointer
    for row in 0..<rows {
      for column in columns { unsafe target[row * width + column] = value }
    }
  }
}
