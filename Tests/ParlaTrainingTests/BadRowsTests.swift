import Foundation
import ParlaAcousticModel
import ParlaCorpus
import ParlaDecoding
import ParlaFiles
import ParlaNeuralNetwork
import ParlaSpelling
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
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
      guard case .badSamples(let problems, let count, _) = error else {
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

  @Test func allSetsAreReportedAtOnceWhateverIsWrongWithThem() throws {
    try withTemporaryFolder { folder in
      let train = try write("train-0.wav,,a\ngone.wav,,\ntrain-1.wav,,\ncut.wav,,b\n", folder)
      try Data("RIFF".utf8).write(to: URL(fileURLWithPath: folder + "/cut.wav"))
      let dev = folder + "/dev.csv"
      try Data("wav_filename,wav_filesize,transcript\nlost.wav,,a\n".utf8).write(
        to: URL(fileURLWithPath: dev))
      let configuration = TrainingConfiguration(
        trainFiles: [train], devFiles: [dev], checkpointFolder: folder + "/c")
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      guard case .badSamples(let problems, let count, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(count == 5)
      let expected = [
        ("\(train):3: ", "gone.wav"), ("\(train):4: ", "no transcript"),
        ("\(train):5: ", "cut.wav"), ("\(dev):2: ", "lost.wav"),
      ]
      #expect(problems.count == expected.count)
      for (problem, (place, word)) in zip(problems, expected) {
        #expect(problem.hasPrefix(place) && problem.contains(word), "\(problem)")
      }
      #expect(problems[0].contains("no transcript") && problems[0].contains("no such file"))
      // Without a fault in a transcript or a missing file, the sound of all sets is judged together, too.
      try Data("wav_filename,wav_filesize,transcript\ncut.wav,,a\n".utf8).write(
        to: URL(fileURLWithPath: dev))
      try Data("wav_filename,wav_filesize,transcript\ncut.wav,,a\ntrain-0.wav,,a\n".utf8).write(
        to: URL(fileURLWithPath: train))
      let both = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      guard case .badSamples(let problems, _, _) = both else {
        Issue.record("\(String(describing: both))")
        return
      }
      #expect(problems.map { $0.hasPrefix(train) } == [true, false])
    }
  }

  @Test func oddLabelsAreWarnedOfBeforeTheyAreMade() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "train-0.wav,,aB\ntrain-1.wav,,B1\ntrain-2.wav,,\"a,\"\n", folder)
      var configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      configuration.network.settings = ["n_hidden": "4"]
      configuration.epochs.count = 1
      func warnings() throws -> [String] {
        let told = Mutex<[String]>([])
        try Trainer(configuration).run { event in
          if case .warning(let text) = event { told.withLock { $0.append(text) } }
        }
        return told.withLock { $0 }.filter { $0.hasPrefix("Warning: ") }
      }
      let first = try warnings()
      #expect(first.count == 3)
      #expect(
        first[0].hasPrefix(
          "Warning: capitals, which would become labels of their own, in 2 samples: \(path):2: 'B'")
      )
      #expect(first[1].hasPrefix("Warning: digits") && first[1].contains("\(path):3: '1'"))
      #expect(first[2].hasPrefix("Warning: punctuation") && first[2].contains("\(path):4: ','"))
      // The labels are made; they are not warned of again.
      configuration.epochs.count = 2
      #expect(try warnings() == [])
      // Nor are those that were chosen.
      configuration.checkpoint.folder = folder + "/d"
      configuration.corpus.alphabetPath = folder + "/alphabet.txt"
      try Data("a\nB\n1\n,\n".utf8).write(to: URL(fileURLWithPath: folder + "/alphabet.txt"))
      #expect(try warnings() == [])
    }
  }

  @Test func recordingsThatAreMeasuredOnAndTrainedOnAreWarnedOf() throws {
    try withTemporaryFolder { folder in
      let train = try write("train-0.wav,,a\ntrain-1.wav,,b\ntrain-1.wav,,b\n", folder)
      let dev = folder + "/dev.csv"
      let copy = folder + "/copy.wav"
      try FileManager.default.copyItem(atPath: folder + "/train-1.wav", toPath: copy)
      try Data("wav_filename,wav_filesize,transcript\ntrain-2.wav,,a\ncopy.wav,,b\n".utf8).write(
        to: URL(fileURLWithPath: dev))
      var configuration = TrainingConfiguration(
        trainFiles: [train], devFiles: [dev], checkpointFolder: folder + "/c")
      configuration.network.settings = ["n_hidden": "4"]
      configuration.epochs.count = 1
      let told = Mutex<[String]>([])
      try Trainer(configuration).run { event in
        if case .warning(let text) = event { told.withLock { $0.append(text) } }
      }
      #expect(
        told.withLock { $0 } == [
          "Warning: 1 recording is both trained on and measured on, so that error rates are better than they should "
            + "be, such as \(copy): \(train):3 and \(dev):3. Remove them from one."
        ])
    }
  }

  @Test func badRowsAreLeftOutOnRequestAndMakeNoLabels() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "train-0.wav,,a\ntrain-1.wav,,\"x\ny\"\ntrain-2.wav,,b\n", folder)
      var configuration = TrainingConfiguration(
        trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
      configuration.network.settings = ["n_hidden": "4"]
      configuration.epochs.count = 1
      configuration.corpus.skipsBadSamples = true
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
      configuration.network.settings = ["n_hidden": "4"]
      configuration.epochs.count = 1
      configuration.corpus.normalizesTranscripts = true
      #expect(try Trainer(configuration).run() == .finished)
      let model = try TrainerTests.newest(folder + "/c").model
      #expect(model.alphabet.labels == [" ", "a", "b"])
      // The network that recognition runs gives the losses of the one that learns, but for the last window, which is filled
      // up, and the shorter weights.
      let losses = try [WeightPrecision.float32, .int8].map { precision in
        try Evaluation(
          model, testFiles: [path], decoder: .greedy, precision: precision, leavesOutSilence: false,
          threadCount: 2,
          normalizer: .lookAlikes
        ).samples.map(\.loss)
      }
      let learner = try Learner(model, configuration: configuration)
      let store = try FeatureStore(model.description.features, memoryLimit: 0)
      let dataset = try Dataset(
        try configuration.manifests([path]), store: store, alphabet: model.alphabet,
        graph: model.graph, threadCount: 1)
      let learning = try learner.evaluate(dataset.loaded(0..<3).samples[...]).losses
      for index in 0..<3 {
        #expect(abs(losses[0][index] - learning[index]) < 0.02 * learning[index])
        #expect(abs(losses[1][index] - learning[index]) < 0.2 * learning[index])
      }
    }
  }

  @Test func nothingIsSaidOfAModelThatIsNotThere() throws {
    try withTemporaryFolder { folder in
      let path = try write("train-0.wav,,a\n", folder)
      let changes: [(String, (inout TransferSettings) -> Void)] = [
        ("--drop-source-layers", { $0.droppedLayerCount = 1 }),
        ("--reset-optimizer", { $0.resetsOptimizer = true }),
        ("--no-reset-optimizer", { $0.resetsOptimizer = false }),
      ]
      for (name, change) in changes {
        var configuration = TrainingConfiguration(
          trainFiles: [path], devFiles: [], checkpointFolder: folder + "/c")
        change(&configuration.start.transfer)
        let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
        #expect(error?.description.hasPrefix("\(name): found no model") == true)
      }
    }
  }

  @Test func settingsAreFinite() {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: ["b.csv"], checkpointFolder: "c")
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.optimization.learningRate = .nan }, { $0.optimization.gradientNormLimit = .infinity },
      { $0.checkpoint.seconds = .infinity }, { $0.batch.seconds = .nan },
      { $0.epochs.earlyStopping = .init(epochs: 3, minimumImprovement: .nan) },
      { $0.optimization.plateau = .init(factor: .nan) },
      { $0.optimization.optimizer = .adam(epsilon: .infinity) },
      { $0.optimization.optimizer = .sgd(momentum: .nan) },
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
