import ParlaAudio
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

@Suite struct AlignedCorpusTests {
  @Test func aTextWithMissingCharactersIsListedAsWrittenAndNotCut() throws {
    try withTemporaryFolder { folder in
      let recording = folder + "/long.wav"
      try AudioFile.write(
        Waveform(samples: [Float](repeating: 0.1, count: 32000), sampleRate: 16000), to: recording)
      let corpus = try AlignedCorpus(
        recording: recording, folder: folder + "/out", audio: "keep")
      let count = try corpus.write(
        [
          AlignedSample(text: "a b", written: "A b.", seconds: 0..<1, confidence: 0.5),
          AlignedSample(
            text: "day", written: "2day", seconds: 1..<2, confidence: 0.5,
            missingCharacters: ["2"]),
        ], threshold: 0.1)
      #expect(count == 1)
      let listed = try Manifest(path: folder + "/out/passages.csv").samples
      #expect(listed.map(\.transcript) == ["a b", "2day"])
      #expect(listed.map { $0.otherColumns["missing_characters"] } == ["", "2"])
      let cut = try Manifest(path: folder + "/out/aligned.csv").samples
      #expect(cut.map(\.transcript) == ["a b"])
    }
  }
}
