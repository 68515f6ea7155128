import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// Arrays that people bring and take away.
@Suite struct ArrayTests {
  static func alphabet(_ folder: String) throws -> String {
    let labels = [" "] + "abcdefghijklmnopqrstuvwxyz'".map(String.init)
    let path = folder + "/alphabet.txt"
    try labels.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func probabilitiesBecomeCandidatesBestFirst() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "decode", Fixture.path("decoding/ldc_clean.npy"), "--alphabet", try Self.alphabet(folder),
        "--beam-width", "100", "--candidates", "3", "--json")
      #expect(result.status == 0, "\(result.errors)")
      let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      let candidates = try #require((document as? [String: [[String: Any]]])?["candidates"])
      #expect(candidates.count == 3)
      let best = try #require(candidates.first)
      #expect(best["text"] as? String == "she had your dark suit in greasy wash water all year")
      #expect((best["tokens"] as? [Int])?.count == 52)
      #expect((best["timesteps"] as? [Int])?.count == 52)
      let scores = candidates.compactMap { $0["confidence"] as? Double }
      #expect(scores == scores.sorted(by: >))
    }
  }

  @Test func probabilitiesOfAnotherAlphabetAreRefused() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "decode", Fixture.path("decoding/bytes0.npy"), "--alphabet", try Self.alphabet(folder))
      #expect(result.status != 0)
      #expect(result.errors.contains("found 256 labels, expected 29"), "\(result.errors)")
    }
  }

  @Test func featuresAreAnArrayOfFrames() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder).write("a", count: 1, seed: 9)
      let output = folder + "/a.npy"
      let result = try runCommand("features", folder + "/a-0.wav", "--output", output)
      #expect(result.status == 0, "\(result.errors)")
      let array = try NumPyArray(path: output)
      #expect(array.shape.count == 2 && array.shape[1] == 26)
      #expect(result.output == "\(output): \(array.shape[0]) frames of 26 features\n")
    }
  }
}
