import ParlaAudio
import ParlaCorpus
import ParlaNeuralNetwork

/// How the samples of one batch are changed: a function of the seed, the epoch and the sample alone, so that it does not matter
/// which thread comes to it first, or whether the training was interrupted.
struct BatchAugmentation: Sendable {
  let pipeline: AugmentationPipeline
  let seed: UInt64

  /// The present epoch, counted from 0.
  let epoch: Int

  /// How far the training is when the batch begins, from 0 to 1.
  let clock: Double

  /// How many samples are made at a time.
  let threadCount: Int

  /// Distinguishes these random numbers from others of the same seed and epoch.
  private static let stream: UInt64 = 0x6175_676d_656e_7473

  /// What the sample at `index` meets.
  ///
  /// As many frames remain as `graph` needs, so that enough come out to spell the transcript.
  func pass(
    _ index: Int, _ sample: ListedSample, _ settings: FeatureSettings, _ graph: Graph
  ) -> AugmentationPass {
    pipeline.pass(
      AugmentationContext(
        settings: settings, clock: clock,
        minimumFrameCount: graph.inputLength(
          forOutput: SampleJudge.neededFrameCount(sample.labels)),
        random: SeededGenerator(mixing: seed, Self.stream, UInt64(epoch), UInt64(index))))
  }
}

/// The augmentation of a whole training.
struct TrainingAugmentation: Sendable {
  let pipeline: AugmentationPipeline
  let seed: UInt64
  let epochCount: Int
  let threadCount: Int

  /// The value for a batch of epoch `epoch`, after a share `done` of the epoch.
  func batch(epoch: Int, done: Double) -> BatchAugmentation {
    BatchAugmentation(
      pipeline: pipeline, seed: seed, epoch: epoch,
      clock: (Double(epoch) + done) / Double(epochCount), threadCount: threadCount)
  }
}

extension TrainingConfiguration {
  /// What the samples are to be changed by; nil for nothing.
  ///
  /// - Throws: `AudioError.invalidAugmentation`.
  func augmentation() throws -> TrainingAugmentation? {
    guard !batch.augmentations.isEmpty else { return nil }
    let pipeline = try AugmentationPipeline(batch.augmentations) {
      try UnlabelledRecordings.paths(of: $0)
    }
    return TrainingAugmentation(
      pipeline: pipeline, seed: optimization.seed, epochCount: epochs.count,
      threadCount: hardware.threadCount)
  }
}
