import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

/// The long run of the same is the program FuzzLanguageModel.
@Suite struct DamagedModelTests {
  @Test(arguments: [
    "toy_o3.arpa", "gaps.arpa", "toy_o3.arpa.gz", "toy_o3.arpa.bz2", "toy_o3.arpa.xz",
    "toy_o3.probing.bin", "toy_o3.rest.bin", "toy_o3.trie.bin", "toy_o3.trieq8b4.bin",
    "toy_o3.triea255.bin", "toy_o3.triea255q8.bin",
  ])
  func damagedFilesGiveErrorsOrScoresButNoCrash(name: String) throws {
    let source = Fixture.path("language-model/" + name)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: source)))
    var mutator = Mutator(seed: 4)
    try withTemporaryFolder { folder in
      for _ in 0..<60 {
        try Data(mutator.mutated(bytes)).write(to: URL(fileURLWithPath: folder + "/damaged"))
        scoreEverything(folder + "/damaged")
      }
    }
  }

  @Test(arguments: ["toy_o3.probing.bin", "toy_o3.trie.bin", "toy_o3.triea255q8.bin"])
  func truncatedBinariesAreRefused(name: String) throws {
    let source = Fixture.path("language-model/" + name)
    let data = try Data(contentsOf: URL(fileURLWithPath: source))
    try withTemporaryFolder { folder in
      for length in stride(from: 0, to: data.count, by: 7) {
        let path = folder + "/short"
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: LanguageModelError.self) { try NGramModel(path: path) }
      }
    }
  }

  /// Opens the file at `path` and, if that works, scores sentences of all words by all words.
  private func scoreEverything(_ path: String) {
    guard let model = try? NGramModel(path: path) else { return }
    _ = try? model.vocabulary.words()
    var state = model.beginSentenceState
    for first in 0..<WordIndex(min(model.vocabulary.count, 12)) {
      for second in 0..<WordIndex(min(model.vocabulary.count, 12)) {
        _ = model.score(state, first, into: &state)
        _ = model.score(state, second, into: &state)
      }
    }
  }
}
