package import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
package import ParlaTranscripts

extension AcousticModel {
  /// How probable each label is at each frame, or with `areLogits` its logit, of what the NumPy array at `path` holds: features,
  /// [frames, features], or the samples of a sound at the model's rate, [samples].
  ///
  /// - Throws: `FileError`, `ModelError.otherFeatures` for an array that is none of this model's.
  package func probabilities(
    ofArray path: String, areLogits: Bool = false, threadCount: Int
  ) throws -> LabelProbabilities {
    let array = try NumPyArray(path: path)
    let features = description.features
    if array.shape.count == 1 {
      let sound = Waveform(samples: array.values, sampleRate: features.sampleRate)
      return try probabilities(of: sound, areLogits: areLogits, threadCount: threadCount)
    }
    guard array.shape.count == 2, array.shape[1] == features.featureCount else {
      throw ModelError.otherFeatures(
        path: path, found: array.shape, expected: features.featureCount)
    }
    return values(
      FeatureMatrix(
        frameCount: array.shape[0], featureCount: features.featureCount, values: array.values),
      areLogits, threadCount)
  }

  /// The same of `sound`, which has the model's rate.
  ///
  /// - Throws: `AudioError.wrongSampleRate`.
  package func probabilities(
    of sound: Waveform, areLogits: Bool, threadCount: Int
  ) throws -> LabelProbabilities {
    let extractor = FeatureExtractor(description.features)
    return values(try extractor.features(of: sound), areLogits, threadCount)
  }

  private func values(
    _ recording: FeatureMatrix, _ areLogits: Bool, _ threadCount: Int
  ) -> LabelProbabilities {
    let compute = Compute(threadCount: threadCount)
    return areLogits
      ? logits(of: recording, compute: compute) : probabilities(of: recording, compute: compute)
  }
}
