import Foundation
import ParlaAcousticModel
import ParlaCorpus
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

@Suite struct TranscriptReviewTests {
  @Test func whatIsTooLongForItsRecordingIsDoubtedMost() throws {
    try withTemporaryFolder { folder in
      var configuration = TrainingConfiguration(
        trainFiles: [try ToneCorpus(folder: folder).write("train", count: 3, seed: 1)],
        devFiles: [], checkpointFolder: folder + "/c")
      configuration.network.settings = ["n_hidden": "4"]
      configuration.epochs.count = 1
      #expect(try Trainer(configuration).run() == .finished)
      let model = try TrainerTests.newest(folder + "/c").model
      let long = String(repeating: try #require(model.alphabet.labels.last), count: 1000)
      let path = folder + "/rows.csv"
      let rows = "train-0.wav,,\(long.prefix(1))\ntrain-1.wav,,\(long)\n"
      try Data(("wav_filename,wav_filesize,transcript\n" + rows).utf8).write(
        to: URL(fileURLWithPath: path))
      let review = try TranscriptReview(of: [(path, model)], threadCount: 1)
      #expect(review.samples.map(\.said.count) == [1000, 1])
      #expect(review.samples.map(\.doubt.isFinite) == [false, true])
      #expect(review.leftOut.isEmpty)
      // What the page saves is applied from any folder.
      let page = try review.page(first: 2)
      #expect(page.contains("data-path=\"\(absolutePath(folder))/train-1.wav\""))
      #expect(page.contains("parla corpus merge CORPUS.csv --changes changes.csv"))
    }
  }
}
