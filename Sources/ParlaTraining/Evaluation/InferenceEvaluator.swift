import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts

/// Measures recordings with the network that recognition runs, weights in any precision.
struct InferenceEvaluator: Sendable {
  private let model: InferenceModel
  private let extractor: FeatureExtractor
  private let outputLength: @Sendable (Int) -> Int
  private let leavesOutSilence: Bool
  private let threadCount: Int

  /// For the recordings of a batch, which threads share.
  private let oneThread = Compute(threadCount: 1)

  /// Measures `model`; with `leavesOutSilence`, what is between the silences of a recording is read by itself, as when it is
  /// transcribed.
  init(
    _ model: AcousticModel, precision: WeightPrecision, leavesOutSilence: Bool, threadCount: Int
  ) throws {
    self.model = try InferenceModel(model, precision: precision)
    extractor = FeatureExtractor(model.description.features)
    let graph = model.graph
    outputLength = { graph.outputLength($0) }
    self.leavesOutSilence = leavesOutSilence
    self.threadCount = threadCount
  }

  /// The loss of each sample, which is that of the whole recording, and the label probabilities of each of its pieces.
  ///
  /// - Throws: `AudioError`, when a recording can no longer be read.
  func evaluate(_ batch: ArraySlice<TrainingSample>) throws -> EvaluatedBatch {
    let results = concurrentMap(Array(batch), threadCount: threadCount) { sample in
      Result { () throws -> (loss: Double, pathLoss: Double, pieces: [LabelProbabilities]) in
        let waveform = try AudioFile.read(
          sample.audioPath, sampleRate: extractor.settings.sampleRate)
        let whole = probabilities(of: waveform.samples[...])
        let frameCount = outputLength(sample.features.frameCount)
        return (
          loss(of: sample.labels, whole, frameCount), pathLoss(whole, frameCount),
          pieces(of: waveform, whole: whole)
        )
      }
    }
    return EvaluatedBatch(
      losses: try results.map { try $0.get().loss },
      pathLosses: try results.map { try $0.get().pathLoss },
      probabilities: try results.map { try $0.get().pieces })
  }

  /// The label probabilities of what is transcribed of `waveform`: all of it, `whole`, where no silence is left out.
  private func pieces(of waveform: Waveform, whole: LabelProbabilities) -> [LabelProbabilities] {
    guard leavesOutSilence else { return [whole] }
    let pieces = waveform.speechPieces(alignment: extractor.settings.stepLength)
    if pieces == [0..<waveform.samples.count] { return [whole] }
    return pieces.map { probabilities(of: waveform.samples[$0]) }
  }

  /// The label probabilities of `samples`, with the last window filled up with zeros, as recognition does.
  private func probabilities(of samples: ArraySlice<Float>) -> LabelProbabilities {
    var features = StreamingFeatureExtractor(extractor)
    return model.probabilities(
      of: [features.feed(Array(samples)), features.finish(paddingLastWindow: true)],
      compute: oneThread)
  }

  /// The loss of `labels` in the first `frameCount` frames, those that training has; logarithms of probabilities are logits of the
  /// same probabilities.
  private func loss(
    of labels: [Int32], _ probabilities: LabelProbabilities, _ frameCount: Int
  ) -> Double {
    let frameCount = min(frameCount, probabilities.frameCount)
    let labelCount = probabilities.labelCount
    let logits = Tensor(
      shape: [frameCount, 1, labelCount],
      values: probabilities.values.prefix(frameCount * labelCount).map {
        logf(max($0, .leastNormalMagnitude))
      })
    let loss = CTCLoss(
      logits: logits, labels: [labels], frameCounts: [frameCount], compute: oneThread)
    return loss.losses[0]
  }

  /// The cost of the likeliest label of each of the first `frameCount` frames.
  private func pathLoss(_ probabilities: LabelProbabilities, _ frameCount: Int) -> Double {
    let labelCount = probabilities.labelCount
    return (0..<min(frameCount, probabilities.frameCount)).reduce(0) { sum, frame in
      let row = probabilities.values[frame * labelCount..<(frame + 1) * labelCount]
      return sum - Double(logf(max(row.max() ?? 1, .leastNormalMagnitude)))
    }
  }
}
