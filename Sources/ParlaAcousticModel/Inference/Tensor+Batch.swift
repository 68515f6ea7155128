package import ParlaAudio
package import ParlaNeuralNetwork
package import ParlaTranscripts

extension Tensor {
  /// Recordings side by side, every frame with its context: [frames, batch, features].
  ///
  /// Shorter recordings are filled up with zeros; so is the context beyond a recording's ends.
  package init(batching recordings: [FeatureMatrix], contextFrameCount context: Int) {
    let frameCount = recordings.map(\.frameCount).max() ?? 0
    self.init(batching: recordings, frames: 0..<frameCount, contextFrameCount: context)
  }

  /// The same for some of the frames; their context may lie outside of `frames`.
  package init(
    batching recordings: [FeatureMatrix], frames: Range<Int>, contextFrameCount context: Int
  ) {
    let featureCount = recordings.first?.featureCount ?? 0
    let width = featureCount * (2 * context + 1)
    self.init(shape: [frames.count, recordings.count, width])
    let output = unsafe mutablePointer
    for (number, recording) in recordings.enumerated() {
      precondition(recording.featureCount == featureCount, "recordings of the same features")
      let count = recording.values.count
      unsafe recording.values.withUnsafeBufferPointer { values in
        for frame in frames.clamped(to: 0..<recording.frameCount) {
          // A frame's context is one stretch of the recording, cut at its ends.
          let start = (frame - context) * featureCount
          let from = max(start, 0)
          let to = min(start + width, count)
          let row =
            unsafe output + ((frame - frames.lowerBound) * recordings.count + number) * width
          if let source = values.baseAddress {
            unsafe (row + (from - start)).update(from: source + from, count: to - from)
          }
        }
      }
    }
  }
}

extension Sequences {
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
