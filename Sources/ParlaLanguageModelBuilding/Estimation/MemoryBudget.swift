import ParlaLanguageModel

/// How the memory that an estimation may take is shared out.
struct MemoryBudget {
  /// The memory that the program itself does not use.
  let bytes: Int
  private let threadCount: Int

  /// About what the program takes before it reads anything; more than half of a budget is never set aside.
  private static let programSize = 30 << 20
  /// With less memory for each, one thread is better than two, since it has fewer runs to merge.
  private static let leastThreadMemory = 8 << 20
  private static let leastTokenCount = 1 << 16

  init(_ options: LanguageModelBuilder.Options) {
    bytes = options.memory - min(Self.programSize, options.memory / 2)
    threadCount = options.threadCount
  }

  /// The tokens that fit next to `words`; at least a quarter of the memory is reserved for them.
  func tokenCount(_ words: WordTable) -> Int {
    let memory = max(bytes - words.byteCount, bytes / 4)
    let count = memory / InMemoryEstimator.bytesPerToken
    return min(max(count, Self.leastTokenCount), Int(UInt32.max) - 1)
  }

  /// Counts `block` with as many threads as there is memory for.
  func count(_ block: TokenBlock, with counter: RunCounter, _ words: WordTable) throws {
    let rest = bytes - words.byteCount - block.count * RunCounter.bytesPerToken
    let threads = rest / (words.count * RunCounter.bytesPerWord)
    try counter.add(
      block, wordCount: words.count, threadCount: min(max(threads, 1), threadCount))
  }

  /// How many threads sort n-grams in `memory` bytes.
  func estimationThreads(_ memory: Int) -> Int {
    min(max(memory / Self.leastThreadMemory, 1), threadCount)
  }

  /// The memory for sorting n-grams, in addition to `words` and what is kept of each; at least a quarter.
  func estimationMemory(_ words: WordTable) -> Int {
    max(bytes - words.byteCount - words.count * 12, bytes / 4)
  }
}
