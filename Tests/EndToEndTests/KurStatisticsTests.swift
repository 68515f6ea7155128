import Foundation
import ParlaTestSupport
import Testing

/// The statistics by which features are normalised belong to weights.
@Suite struct KurStatisticsTests {
  private func write(_ folder: String, initial: String = "w", size: Int = 6) throws {
    let text = """
      settings:
        clips: &clips {max_frequency: 4000, normalization: \(folder)/norm.yml, vocab: [" ", a, b, c, d]}
      model:
        - input: utterance
        - convolution: {kernels: \(size), size: 5, strides: 2, border: valid}
          name: front
        - parallel: {apply: [{dense: 6}]}
        - activation: softmax
        - output: asr
      train:
        data: [{speech_recognition: {<<: *clips, path: \(folder)/train.csv}}]
        provider: {batch_size: 4}
        weights: {initial: \(folder)/\(initial), last: \(folder)/w}
        stop_when: {epochs: 1}
      test: &check
        data: [{speech_recognition: {<<: *clips, path: \(folder)/train.csv}}]
        weights: \(folder)/w
      evaluate: *check
      loss:
        - {name: ctc, target: asr, input_length: utterance_length, relative_to: utterance, output: transcript, output_length: transcript_length}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/k.yml"))
  }

  @Test func noOthersAreLearntForTrainedWeights() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder).write("train", count: 4, seed: 1)
      try write(folder)
      let norm = folder + "/norm.yml"
      let trained = try runCommand("kur", "train", folder + "/k.yml")
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(FileManager.default.fileExists(atPath: norm))
      try FileManager.default.removeItem(atPath: norm)
      for arguments in [
        ["test", folder + "/k.yml"], ["evaluate", folder + "/k.yml"],
        ["train", folder + "/k.yml"], ["transcribe", folder + "/k.yml", folder + "/train-0.wav"],
      ] {
        let result = try RunningCommand(["kur"] + arguments).finish()
        #expect(result.status == 1, "\(arguments)")
        #expect(
          result.errors.contains(
            "normalization.path: found \(norm), which is not there, expected the statistics that the weights \(folder)/w"
          ),
          "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: norm), "\(arguments)")
      }
      // Weights of another model are reported before any statistics are saved.
      try FileManager.default.moveItem(atPath: folder + "/w", toPath: folder + "/old")
      try write(folder, initial: "old", size: 7)
      let unfit = try runCommand("kur", "train", folder + "/k.yml")
      #expect(unfit.status == 1)
      #expect(unfit.errors.contains("/old: front+front_"), "\(unfit.errors)")
      #expect(!FileManager.default.fileExists(atPath: norm))
      #expect(!FileManager.default.fileExists(atPath: folder + "/w"))
      // Weights from elsewhere may learn from other recordings, but it is said.
      try write(folder, initial: "old")
      let adapted = try runCommand("kur", "train", folder + "/k.yml")
      #expect(adapted.status == 0, "\(adapted.errors)")
      #expect(adapted.errors.contains("norm.yml: is learnt of these recordings, though"))
    }
  }
}
