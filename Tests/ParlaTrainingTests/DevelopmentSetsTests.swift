import ParlaAcousticModel
import ParlaTestSupport
import Testing

@testable import ParlaTraining

/// Several CSVs for development, and some that are only measured.
@Suite struct DevelopmentSetsTests {
  @Test func eachIsReportedAndTheMeasuredOnesDecideNothing() throws {
    try withTemporaryFolder { folder in
      let plain = try TrainerTests.configuration(folder, checkpoints: "plain")
      try Trainer(plain).run()
      let expected = try TrainerTests.newest("\(folder)/plain").state
      #expect(expected.history.allSatisfy { $0.sets == nil }, "one set has nothing to add")

      let corpus = ToneCorpus(folder: folder)
      var measuring = try TrainerTests.configuration(folder, checkpoints: "measuring")
      measuring.corpus.metricsFiles = [try corpus.write("metrics", count: 3, seed: 9)]
      try Trainer(measuring).run()
      let measured = try TrainerTests.newest("\(folder)/measuring").state
      #expect(measured.history.map(\.devLoss) == expected.history.map(\.devLoss))
      #expect(measured.history.map(\.trainLoss) == expected.history.map(\.trainLoss))
      #expect(measured.bestEpoch == expected.bestEpoch)
      let set = try #require(measured.history[0].sets?.first)
      #expect(set.path.hasSuffix("metrics.csv") && !set.decides && set.loss > 0)
    }
  }

  @Test func theMeanOfAllSamplesDecidesBetweenSeveralSets() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 1)
      configuration.corpus.devFiles.append(
        try ToneCorpus(folder: folder).write("second", count: 12, seed: 8))
      try Trainer(configuration).run()
      let epoch = try #require(try TrainerTests.newest("\(folder)/c").state.history.first)
      let sets = try #require(epoch.sets)
      #expect(sets.map(\.path) == configuration.corpus.devFiles && sets.allSatisfy(\.decides))
      let mean = (4 * sets[0].loss + 12 * sets[1].loss) / 16
      #expect(abs(mean - (epoch.devLoss ?? 0)) < 1e-9 * mean)
    }
  }
}
