import Foundation

/// One estimation on its way from text to ARPA file.
final class TextEstimation {
  private let options: LanguageModelBuilder.Options
  private let words = WordTable()
  private let tokenizer: TextTokenizer
  private let result: Result

  private enum Result {
    case inMemory(InMemoryEstimator, TokenBlock)
  }

  init(
    _ texts: [String], _ options: LanguageModelBuilder.Options,
    _ progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    self.options = options
    tokenizer = TextTokenizer(words: words, skipsSpecialWords: options.skipsSpecialWords)
    let block = TokenBlock(capacity: options.memory / InMemoryEstimator.bytesPerToken)
    for text in texts {
      try tokenizer.read(text, into: block) { bytes, total in
        try progress(.reading(path: text, bytes: bytes, total: total))
      } flush: { _ in
        throw EstimationError.tooLittleMemory(found: options.memory, expected: options.memory * 2)
      }
    }
    guard tokenizer.sentenceCount > 0 else { throw EstimationError.emptyText }
    let plan = try Self.plan(options, words)
    let estimator = try InMemoryEstimator(
      block, words: words, plan: plan, memory: options.memory
    ) { order in
      try progress(.estimating(order: order))
    }
    guard let estimator else {
      throw EstimationError.tooLittleMemory(found: options.memory, expected: options.memory * 2)
    }
    result = .inMemory(estimator, block)
  }

  /// The options in full, with the limit of the vocabulary read.
  private static func plan(
    _ options: LanguageModelBuilder.Options, _ words: WordTable
  ) throws -> EstimationPlan {
    let thresholds = (0..<options.order).map { index in
      index < options.pruning.count ? options.pruning[index] : options.pruning.last ?? 0
    }
    return EstimationPlan(
      order: options.order, thresholds: thresholds.map(UInt64.init),
      isExcluded: try options.vocabularyLimit.map { path in
        try VocabularyLimit.excludedWords(words, notIn: path)
      } ?? [],
      fallback: options.discountFallback, interpolatesUnigrams: options.interpolatesUnigrams,
      minimumVocabulary: options.minimumVocabulary)
  }

  var summary: LanguageModelBuilder.Summary {
    let orders: [OrderSummary]
    switch result {
    case .inMemory(let estimator, _): orders = estimator.summaries
    }
    return LanguageModelBuilder.Summary(
      wordCount: tokenizer.wordCount, sentenceCount: tokenizer.sentenceCount,
      vocabularyCount: words.count, orders: orders, usedTemporaryFiles: false)
  }

  /// Writes the ARPA file, piece by piece.
  func write(sink: (Data) throws -> Void) throws {
    switch result {
    case .inMemory(let estimator, let block):
      try ARPAWriter(threadCount: options.threadCount).write(
        estimator.levels, counts: estimator.summaries.map(\.keptCount), block: block, words: words,
        sink: sink
      ) { _ in }
    }
  }
}
