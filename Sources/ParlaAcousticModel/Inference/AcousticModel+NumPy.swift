import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
package import ParlaTranscripts

extension AcousticModel {
  /// How probable each label is at each frame of the features in the NumPy array at `path`, [frames, features].
  ///
  /// - Throws: `FileError`, `ModelError.otherFeatures` for an array that is none of this model's.
  package func probabilities(
    ofArray path: String, threadCount: Int
  ) throws -> LabelProbabilities {
    let array = try NumPyArray(path: path)
    let featureCount = description.features.featureCount
    guard array.shape.count == 2, array.shape[1] == featureCount else {
      throw ModelError.otherFeatures(path: path, found: array.shape, expected: featureCount)
    }
    let recording = FeatureMatrix(
      frameCount: array.shape[0], featureCount: featureCount, values: array.values)
    return probabilities(of: recording, compute: Compute(threadCount: threadCount))
  }
}
