import ParlaLanguageModel
import Testing

@testable import ParlaDecoding

@Suite struct LexiconTests {
  @Test func hasTheWordsItWasBuiltOfAndNoOthers() throws {
    var random = SplitMix(state: 9)
    var words: Set<[Int]> = []
    for _ in 0..<500 {
      let length = Int.random(in: 1...6, using: &random)
      words.insert((0..<length).map { _ in Int.random(in: 1...4, using: &random) } + [0])
    }
    let lexicon = try lexicon(words)
    var found: [[Int]] = []
    try lexicon.forEachWord { found.append($0) }
    #expect(found == words.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(words.allSatisfy { lexicon.contains($0) })
    #expect(!lexicon.contains([1, 2, 3, 4, 1, 2, 3, 0]))
    #expect(lexicon.lastLabels == [0])
    #expect(lexicon.largestLabel == 4)
  }

  @Test func isAsSmallAsItCanBe() throws {
    // Daciuk et al. 2000: words that share their ends share the states. tap taps top tops.
    let lexicon = try lexicon([[1, 2, 3, 0], [1, 2, 3, 4, 0], [1, 5, 3, 0], [1, 5, 3, 4, 0]])
    #expect(lexicon.stateCount == 6)
    #expect(lexicon.arcCount == 7)
  }

  @Test func startsOverAfterAWord() throws {
    let lexicon = try lexicon([[1, 0]])
    let inside = lexicon.state(after: 1, in: lexicon.start)
    #expect(inside != LexiconTrie.none)
    #expect(lexicon.state(after: 0, in: inside) == lexicon.start)
    #expect(lexicon.state(after: 2, in: lexicon.start) == LexiconTrie.none)
  }

  @Test(arguments: [0, 1, 15, 16, 100])
  func isReadWhereverItStands(offset: Int) throws {
    #expect(try lexicon([[1, 0], [2, 0]], offset: offset).contains([2, 0]))
  }

  private func lexicon(_ words: Set<[Int]>, offset: Int = 0) throws -> LexiconTrie {
    let bytes = LexiconBuilder.build(words.map { $0.map(Int32.init) }, offset: offset)
    let memory = try unsafe ModelMemory(count: offset + bytes.count, path: "test") { target in
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyBytes(from: bytes)
    }
    return try LexiconTrie(memory: memory, from: offset)
  }
}
