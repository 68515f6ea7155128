import Foundation
import ParlaAcousticModel
import ParlaCorpus
import ParlaDecoding
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

/// What a training refuses before its first step, and what `corpus check` says of the same rows.
@Suite struct BadRowsTests {
  private func write(_ rows: String, _ folder: String) throws -> String {
    _ = try ToneCorpus(folder: folder).write("train", count: 3, seed: 1)
    let path = folder + "/rows.csv"
    try Data(("wav_filename,wav_filesize,transcript\n" + rows).utf8).write(
      to: URL(fileURLWithPath: path))
    return path
  }

  @Test func trainingAndCheckRefuseTheSameRows() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "train-0.wav,,a\ntrain-1.wav,,\"a\nb\"\ntrain-2.wav,, \u{A0}\ntrain-2.wav,,\n", folder)
      let configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      guard case .badSamples(let problems, let count) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(count == 4)
      #expect(problems.map { $0.hasPrefix(path + ":") } == [true, true, true])
      let report = try CorpusCheck(manifests: [Manifest(path: path)]).run()
      let lines = Set(report.findings.filter { $0.severity == .error }.map(\.line))
      #expect(lines == [3, 5, 6])
      for line in lines { #expect(problems.contains { $0.hasPrefix("\(path):\(line): ") }) }
    }
  }

  @Test func badRowsAreLeftOutOnRequestAndMakeNoLabels() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "train-0.wav,,a\ntrain-1.wav,,\"x\ny\"\ntrain-2.wav,,b\n", folder)
      var configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      configuration.modelSettings = ["n_hidden": "4"]
      configuration.epochs = 1
      configuration.skipsBadSamples = true
      #expect(try Trainer(configuration).run() == .finished)
      #expect(try TrainerTests.newest(folder + "/c").model.alphabet.labels == ["a", "b"])
    }
  }

  @Test func lookAlikesBecomeOneOnRequest() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "train-0.wav,,a\u{200B}b\ntrain-1.wav,,a\u{A0}b\ntrain-2.wav,,b \u{430}b\n", folder)
      var configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      configuration.modelSettings = ["n_hidden": "4"]
      configuration.epochs = 1
      configuration.normalizesTranscripts = true
      #expect(try Trainer(configuration).run() == .finished)
      let model = try TrainerTests.newest(folder + "/c").model
      #expect(model.alphabet.labels == [" ", "a", "b"])
      // The network that recognition runs gives the losses of the one that learns, but for the shorter weights.
      let losses = try [WeightPrecision.float32, .int8].map { precision in
        try Evaluation(
          model, testFiles: [path], decoder: .greedy, precision: precision, threadCount: 2,
          normalizer: .lookAlikes
        ).samples.map(\.loss)
      }
      let learner = try Learner(model, configuration: configuration)
      let store = try FeatureStore(model.description.features, memoryLimit: 0)
      let dataset = Dataset(
        try configuration.manifests([path]), store: store, alphabet: model.alphabet,
        graph: model.graph, threadCount: 1)
      let learning = try learner.evaluate(dataset.loaded(0..<3).samples[...]).losses
      for index in 0..<3 {
        #expect(abs(losses[0][index] - learning[index]) < 1e-3 * learning[index])
        #expect(abs(losses[1][index] - learning[index]) < 0.2 * learning[index])
      }
    }
  }

  @Test func nothingIsSaidOfAModelThatIsNotThere() throws {
    try withTemporaryFolder { folder in
      let path = try write("train-0.wav,,a\n", folder)
      var configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      configuration.transfer.droppedLayerCount = 1
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      #expect(error?.description.hasPrefix("--drop-source-layers: found no model") == true)
    }
  }

  @Test func settingsAreFinite() {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: ["b.csv"], checkpointFolder: "c")
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.learningRate = .nan }, { $0.gradientNormLimit = .infinity },
      { $0.checkpointSeconds = .infinity }, { $0.batchSeconds = .nan },
      { $0.earlyStopping = .init(epochs: 3, minimumImprovement: .nan) },
      { $0.plateau = .init(factor: .nan) }, { $0.optimizer = .adam(epsilon: .infinity) },
      { $0.optimizer = .sgd(momentum: .nan) },
    ]
    for change in changes {
      let before = configuration
      change(&configuration)
      #expect(throws: TrainingError.self) { try configuration.validate() }
      configuration = before
    }
  }

  @Test func everyErrorShowsItsSentence() {
    let errors: [any Error & CustomStringConvertible] = [
      FileError.unreadable(path: "a", reason: "b"), CorpusError.noHeader(path: "a"),
      TranscriptError.noLabels(path: "a"), DecodingError.file(.unwritable(path: "a", reason: "b")),
      ModelError.noCheckpoint(folder: "a"), TrainingError.noSamples(files: ["a"]),
    ]
    for error in errors { #expect((error as any Error).localizedDescription == error.description) }
  }
}
