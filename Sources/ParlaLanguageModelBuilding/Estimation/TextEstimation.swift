import Foundation
import ParlaLanguageModel

/// One estimation on its way from text to ARPA file.
///
/// It stays in memory as long as that is enough; else the text read so far, and all that follows, goes through
/// temporary files.
final class TextEstimation {
  typealias Progress = (LanguageModelBuilder.Progress) throws -> Void

  private let options: LanguageModelBuilder.Options
  private let words = WordTable()
  private let tokenizer: TextTokenizer
  private let model: Model

  private enum Model {
    case inMemory(InMemoryEstimator, TokenBlock)
    case external(ExternalEstimator)
  }

  /// Reads `texts` and estimates.
  init(
    _ texts: [String], _ options: LanguageModelBuilder.Options, _ progress: Progress
  ) throws {
    self.options = options
    tokenizer = TextTokenizer(words: words, skipsSpecialWords: options.skipsSpecialWords)
    let budget = MemoryBudget(options)
    let (block, counter) = try Self.read(texts, tokenizer, options, budget, progress)
    guard tokenizer.sentenceCount > 0 else { throw LanguageModelError.emptyText(paths: texts) }
    try progress(.estimating(order: 1))
    let plan = try EstimationPlan(options, words)
    words.forgetNumbers()
    if let block, counter == nil,
      let estimator = try InMemoryEstimator(
        block, words: words, plan: plan, memory: budget.bytes, progress: progress)
    {
      model = .inMemory(estimator, block)
      return
    }
    let runs = counter ?? RunCounter(order: options.order, folder: options.temporaryFolder)
    if let block { try budget.count(block, with: runs, words) }
    let memory = budget.estimationMemory(words)
    model = .external(
      try ExternalEstimator(
        runs.finish(), words: words, plan: plan, memory: memory,
        threadCount: budget.estimationThreads(memory), folder: options.temporaryFolder,
        progress: progress))
  }

  /// Reads all texts; gives back the block if it never got full, else the counter that has everything.
  private static func read(
    _ texts: [String], _ tokenizer: TextTokenizer, _ options: LanguageModelBuilder.Options,
    _ budget: MemoryBudget, _ progress: Progress
  ) throws -> (TokenBlock?, RunCounter?) {
    let words = tokenizer.words
    let block = TokenBlock(capacity: budget.tokenCount(words))
    var counter: RunCounter?
    for text in texts {
      try tokenizer.read(text, into: block) { bytes, total in
        block.limit = budget.tokenCount(words)
        try progress(.reading(path: text, bytes: bytes, total: total))
      } flush: { block in
        let runs = counter ?? RunCounter(order: options.order, folder: options.temporaryFolder)
        counter = runs
        try budget.count(block, with: runs, words)
        block.restart(contextLength: options.order - 1)
      }
    }
    if let counter {
      try budget.count(block, with: counter, words)
      return (nil, counter)
    }
    return (block, nil)
  }

  var summary: LanguageModelBuilder.Summary {
    let (orders, isExternal) =
      switch model {
      case .inMemory(let estimator, _): (estimator.summaries, false)
      case .external(let estimator): (estimator.summaries, true)
      }
    return LanguageModelBuilder.Summary(
      wordCount: tokenizer.wordCount, sentenceCount: tokenizer.sentenceCount,
      vocabularyCount: words.count, orders: orders, usedTemporaryFiles: isExternal)
  }

  /// Writes the ARPA file, piece by piece.
  func write(_ progress: Progress, sink: (Data) throws -> Void) throws {
    switch model {
    case .inMemory(let estimator, let block):
      try ARPAWriter(threadCount: options.threadCount).write(
        estimator.levels, counts: estimator.summaries.map(\.keptCount), block: block,
        words: words, sink: sink, progress: progress)
    case .external(let estimator): try estimator.write(sink: sink, progress: progress)
    }
  }
}

extension EstimationPlan {
  /// The options in full, with the limit of the vocabulary read.
  fileprivate init(_ options: LanguageModelBuilder.Options, _ words: WordTable) throws {
    let thresholds = (0..<options.order).map { index in
      index < options.pruning.count ? options.pruning[index] : options.pruning.last ?? 0
    }
    self.init(
      order: options.order, thresholds: thresholds.map(UInt64.init),
      isExcluded: try options.vocabularyLimit.map { path in
        try VocabularyLimit.excludedWords(words, notIn: path)
      } ?? [],
      fallback: options.discountFallback, interpolatesUnigrams: options.interpolatesUnigrams,
      minimumVocabulary: options.minimumVocabulary)
  }
}
