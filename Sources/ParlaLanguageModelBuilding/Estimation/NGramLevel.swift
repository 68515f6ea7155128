import ParlaLanguageModel

/// All distinct n-grams of one order in a text that is held in memory, numbered in suffix order.
///
/// In addition to whole n-grams there are cut ones, which would extend before the start of their sentence. They only keep the
/// numbers of the next order apart and are in no model.
struct NGramLevel {
  /// What an n-gram is, seen from the start of the sentence.
  enum Kind {
    static let inner: UInt8 = 0
    /// Begins with `<s>`.
    static let initial: UInt8 = 1
    static let cut: UInt8 = 2
  }

  let order: Int
  private(set) var count = 0
  /// Where one occurrence of each n-gram ends.
  let position: Column<UInt32>
  let rawCount: Column<UInt32>
  let kind: Column<UInt8>
  /// The number, one order lower, of the n-gram without its last word.
  let context: Column<UInt32>
  /// The number, one order lower, of the n-gram without its first word.
  let suffix: Column<UInt32>

  /// The unigrams: all words, also those that the text does not have.
  init(unigramsOf sort: SuffixSort, wordCount: Int) {
    order = 1
    count = wordCount
    position = Column(count: wordCount)
    rawCount = Column(count: wordCount)
    kind = Column(count: wordCount)
    context = Column(count: 0)
    suffix = Column(count: 0)
    for word in 0..<wordCount {
      rawCount[word] = sort.starts[word + 1] - sort.starts[word]
      guard rawCount[word] > 0 else { continue }
      position[word] = sort.positions[Int(sort.starts[word])]
    }
    kind[Int(WordTable.sentenceStart)] = Kind.initial
  }

  /// The n-grams of one order more than `lower`.
  ///
  /// `lowerNumbers` has, for each position of the text, the number of the lower n-gram that ends there; those of this
  /// order go to `numbers`.
  init(
    above lower: NGramLevel, sort: SuffixSort, block: TokenBlock, lowerNumbers: Column<UInt32>,
    numbers: Column<UInt32>
  ) {
    order = lower.order + 1
    // Memory is only taken for as many of these as there turn out to be.
    position = Column(count: block.count)
    rawCount = Column(count: block.count)
    kind = Column(count: block.count)
    context = Column(count: block.count)
    suffix = Column(count: block.count)
    let wordCount = sort.starts.count - 1
    for word in 0..<wordCount {
      let range = Int(sort.starts[word])..<Int(sort.starts[word + 1])
      if range.isEmpty { continue }
      if word == Int(WordTable.sentenceStart) {
        addSentenceStarts(range, sort, lowerNumbers, numbers)
      } else {
        addNGrams(range, lower, sort, block, lowerNumbers, numbers)
      }
    }
  }

  private mutating func addSentenceStarts(
    _ range: Range<Int>, _ sort: SuffixSort, _ lowerNumbers: Column<UInt32>,
    _ numbers: Column<UInt32>
  ) {
    position[count] = sort.positions[range.lowerBound]
    kind[count] = Kind.cut
    suffix[count] = lowerNumbers[Int(sort.positions[range.lowerBound])]
    for index in range { numbers[Int(sort.positions[index])] = UInt32(count) }
    count += 1
  }

  private mutating func addNGrams(
    _ range: Range<Int>, _ lower: NGramLevel, _ sort: SuffixSort, _ block: TokenBlock,
    _ lowerNumbers: Column<UInt32>, _ numbers: Column<UInt32>
  ) {
    let positions = sort.positions
    var current = count - 1
    var currentContext = UInt32.max
    var currentSuffix = UInt32.max
    for index in range {
      let end = Int(positions[index])
      let context = lowerNumbers[end - 1]
      if context != currentContext {
        current += 1
        currentContext = context
        let suffix = lowerNumbers[end]
        position[current] = UInt32(end)
        self.context[current] = context
        self.suffix[current] = suffix
        if lower.kind[Int(suffix)] != Kind.inner {
          kind[current] = Kind.cut
        } else if suffix != currentSuffix,
          block.tokens[end - order + 1] == WordTable.sentenceStart
        {
          kind[current] = Kind.initial
        }
        currentSuffix = suffix
      }
      rawCount[current] += 1
      numbers[end] = UInt32(current)
    }
    count = current + 1
  }
}
