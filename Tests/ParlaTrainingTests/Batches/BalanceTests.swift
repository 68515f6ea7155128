import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaModelDescription
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

/// Several CSVs of which the small ones count for more than they have.
@Suite struct BalanceTests {
  static func dataset(_ folder: String) throws -> Dataset {
    let corpus = ToneCorpus(folder: folder)
    let paths = [
      try corpus.write("large", count: 36, seed: 1), try corpus.write("small", count: 4, seed: 1),
    ]
    let description = try ModelDescription.deepSpeech(labelCount: 6, settings: ["n_hidden": "2"])
    return try Dataset(
      try paths.map { try Manifest(path: $0) },
      store: try FeatureStore(description.features, memoryLimit: 0),
      alphabet: try Alphabet(labels: [" ", "a", "b", "c", "d"]), graph: description.graph,
      threadCount: 1)
  }

  @Test(arguments: [0, 0.5, 1]) func smallSetsAreRepeatedAsMuchAsAsked(share: Double) throws {
    try withTemporaryFolder { folder in
      let plain = try Self.dataset(folder)
      let balanced = plain.balanced(share)
      func count(_ name: String, in dataset: Dataset) -> Int {
        dataset.samples.count { $0.manifestPath.hasSuffix("\(name).csv") }
      }
      func seconds(_ name: String) -> Double {
        plain.samples.filter { $0.manifestPath.hasSuffix("\(name).csv") }.reduce(0) {
          $0 + $1.seconds
        }
      }
      #expect(count("large", in: balanced) == 36)
      let times = pow(seconds("large") / seconds("small"), 1 - share)
      #expect(abs(Double(count("small", in: balanced)) - 4 * times) < 1)
      // All are there, in ascending order, and none much more often than the others.
      let frames = balanced.samples.map(\.frameCount)
      #expect(frames == frames.sorted())
      let copies = Dictionary(grouping: balanced.samples, by: \.audioPath).filter {
        $0.key.contains("small")
      }.map(\.value.count)
      #expect(copies.count == 4)
      #expect((copies.max() ?? 0) - (copies.min() ?? 0) <= 1)
      // A repeated sample is loaded as itself.
      let batch = balanced.loaded(0..<balanced.samples.count)
      #expect(batch.problems.isEmpty)
      #expect(batch.samples.map(\.features.frameCount) == frames)
    }
  }

  @Test func powersThatAreNoneAreRefused() {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: [], checkpointFolder: "c")
    for balance in [-0.1, 1.1, .nan] {
      configuration.corpus.balance = balance
      let error = #expect(throws: TrainingError.self) { try configuration.validate() }
      #expect(error?.description.contains("--balance") == true)
    }
  }
}
