import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts

/// Measures recordings with the network that recognition runs, weights in any precision.
struct InferenceEvaluator: Sendable {
  private let model: InferenceModel
  private let threadCount: Int

  /// For the recordings of a batch, which threads share.
  private let oneThread = Compute(threadCount: 1)

  /// Frames that go through the network together: more gain little.
  private static let stepLength = 96

  init(_ model: AcousticModel, precision: WeightPrecision, threadCount: Int) throws(ModelError) {
    self.model = try InferenceModel(model, precision: precision)
    self.threadCount = threadCount
  }

  /// The loss of each sample, and its label probabilities.
  func evaluate(
    _ batch: ArraySlice<TrainingSample>
  ) -> (losses: [Double], probabilities: [LabelProbabilities]) {
    let results = concurrentMap(Array(batch), threadCount: threadCount) { sample in
      let probabilities = probabilities(of: sample.features)
      return (loss: loss(of: sample.labels, probabilities), probabilities: probabilities)
    }
    return (results.map(\.loss), results.map(\.probabilities))
  }

  private func probabilities(of features: FeatureMatrix) -> LabelProbabilities {
    var windows = ContextWindows(model.description.features)
    windows.append(features)
    windows.finish()
    var states = [InferenceModel.State()]
    var values: [Float] = []
    while windows.count > 0 {
      let count = min(windows.count, Self.stepLength)
      let taken = windows.take(count)
      let found = model.probabilities(
        of: [taken], counts: [count], states: &states, isLast: [windows.count == 0],
        compute: oneThread)
      values += found[0].values
    }
    let labelCount = model.alphabet.labelCount
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }

  /// The loss of `labels`; logarithms of probabilities are logits of the same probabilities.
  private func loss(of labels: [Int32], _ probabilities: LabelProbabilities) -> Double {
    let logits = Tensor(
      shape: [probabilities.frameCount, 1, probabilities.labelCount],
      values: probabilities.values.map { logf(max($0, .leastNormalMagnitude)) })
    let loss = CTCLoss(
      logits: logits, labels: [labels], frameCounts: [probabilities.frameCount],
      compute: oneThread)
    return loss.losses[0]
  }
}
