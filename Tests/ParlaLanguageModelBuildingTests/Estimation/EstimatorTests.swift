import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@testable import ParlaLanguageModelBuilding

/// The estimators against each other on random text: both give the file that follows from the plain formulas.
@Suite struct EstimatorTests {
  /// A random text, and what is done with it.
  struct Case: Sendable, CustomStringConvertible {
    let sentences: [[Int]]
    let order: Int
    let thresholds: [UInt64]
    let excludedWords: Set<Int>
    let interpolatesUnigrams: Bool
    let description: String

    init(seed: UInt64) {
      var generator = SplitMix(state: seed)
      let wordCount = Int.random(in: 1...40, using: &generator)
      sentences = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
        (0..<Int.random(in: 0...12, using: &generator)).map { _ in
          // Squared, so that some words are much more frequent.
          Int(pow(Double.random(in: 0..<1, using: &generator), 2) * Double(wordCount))
        }
      }
      order = Int.random(in: 1...6, using: &generator)
      var threshold: UInt64 = 0
      let prunes = Bool.random(using: &generator)
      thresholds = (0..<order).map { _ in
        if prunes, Int.random(in: 0..<3, using: &generator) == 0 { threshold += 1 }
        return threshold
      }
      excludedWords =
        Bool.random(using: &generator)
        ? [] : Set((0..<3).map { _ in Int.random(in: 0..<wordCount, using: &generator) })
      interpolatesUnigrams = Int.random(in: 0..<4, using: &generator) > 0
      description = "seed \(seed), order \(order), thresholds \(thresholds)"
    }

    var text: String {
      sentences.map { $0.map { "w\($0)" }.joined(separator: " ") + "\n" }.joined()
    }

    func plan(_ words: WordTable) -> EstimationPlan {
      let isExcluded = (0..<UInt32(words.count)).map { word in
        excludedWords.contains { words[word] == "w\($0)" }
      }
      return EstimationPlan(
        order: order, thresholds: thresholds, isExcluded: isExcluded,
        fallback: .use(.fallback), interpolatesUnigrams: interpolatesUnigrams,
        minimumVocabulary: 0)
    }
  }

  @Test(arguments: (1...60).map { Case(seed: $0) })
  func estimatorsAgreeWithThePlainFormulas(example: Case) throws {
    try withTemporaryFolder { folder in
      let text = folder + "/text"
      try Data(example.text.utf8).write(to: URL(fileURLWithPath: text))
      let inMemory = try inMemoryFile(text, example)
      let external = try externalFile(text, example, folder: folder)
      #expect(inMemory == external)
      try expectPlain(inMemory, example)
    }
  }

  private func inMemoryFile(_ text: String, _ example: Case) throws -> String {
    let words = WordTable()
    let block = TokenBlock(capacity: 10_000)
    let tokenizer = TextTokenizer(words: words, skipsSpecialWords: false)
    try tokenizer.read(text, into: block) { _, _ in
    } flush: { _ in
    }
    let estimator = try #require(
      try InMemoryEstimator(
        block, words: words, plan: example.plan(words), memory: .max
      ) { _ in })
    var file = Data()
    try ARPAWriter(threadCount: 2).write(
      estimator.levels, counts: estimator.summaries.map(\.keptCount), block: block, words: words,
      sink: { file.append($0) }, progress: { _ in })
    return String(decoding: file, as: UTF8.self)
  }

  /// With blocks of a few words, so that sentences are cut and n-grams come from many runs.
  private func externalFile(_ text: String, _ example: Case, folder: String) throws -> String {
    let words = WordTable()
    let block = TokenBlock(capacity: 20)
    let tokenizer = TextTokenizer(words: words, skipsSpecialWords: false)
    let counter = RunCounter(order: example.order, folder: folder)
    try tokenizer.read(text, into: block) { _, _ in
    } flush: { block in
      try counter.add(block, wordCount: words.count, threadCount: 2)
      block.restart(contextLength: example.order - 1)
    }
    try counter.add(block, wordCount: words.count, threadCount: 3)
    let estimator = try ExternalEstimator(
      counter.finish(), words: words, plan: example.plan(words), memory: 0, threadCount: 3,
      folder: folder
    ) { _ in }
    var file = Data()
    try estimator.write(sink: { file.append($0) }, progress: { _ in })
    return String(decoding: file, as: UTF8.self)
  }

  private func expectPlain(_ file: String, _ example: Case) throws {
    let words = WordTable()
    let sentences = example.sentences.map { $0.map { words.identifier(of: "w\($0)") } }
    let plain = try PlainKneserNey(sentences, wordCount: words.count, plan: example.plan(words))
    var lineCount = 0
    for line in file.split(separator: "\n") where line.contains("\t") {
      let fields = line.split(separator: "\t")
      let ngram = fields[1].split(separator: " ").map { words.identifier(of: String($0)) }
      let entry = try #require(plain.entries[ngram.count - 1][ngram], "\(line)")
      let probability = min(0, log10(entry.probability))
      #expect(abs((Float(fields[0]) ?? .nan) - probability) < 2e-6, "\(line)")
      if fields.count == 3 {
        #expect(abs((Float(fields[2]) ?? .nan) - log10(entry.weight)) < 2e-6, "\(line)")
      }
      lineCount += 1
    }
    #expect(lineCount == plain.entries.reduce(0) { $0 + $1.count })
  }
}

/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
