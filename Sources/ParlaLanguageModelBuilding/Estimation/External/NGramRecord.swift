import ParlaLanguageModel

/// The layout of n-grams in buffers and temporary files: their words, then two numbers, all of 32 bits.
enum NGramRecord {
  /// 32-bit numbers in a record of `order` words.
  static func stride(order: Int) -> Int { order + 2 }

  private static let mark: UInt64 = 1 << 63

  /// Puts a count and whether the n-gram is pruned behind the words of the record at `start`.
  static func setCount(
    _ count: UInt64, isPruned: Bool, order: Int, at start: Int, in column: Column<UInt32>
  ) {
    let value = isPruned ? count | mark : count
    column[start + order] = UInt32(truncatingIfNeeded: value)
    column[start + order + 1] = UInt32(truncatingIfNeeded: value >> 32)
  }

  /// The count of the record at `start`, and whether it is pruned.
  static func count(
    order: Int, at start: Int, in column: Column<UInt32>
  ) -> (count: UInt64, isPruned: Bool) {
    let value = UInt64(column[start + order]) | UInt64(column[start + order + 1]) << 32
    return (value & ~mark, value & mark != 0)
  }
}

/// The order in which n-grams are compared: which of their words come first.
enum NGramOrder {
  /// By the last word, then the one before it, and so on.
  case suffix
  /// By the context in suffix order, then the last word.
  case context

  /// Compares the records at `first` and `second`: negative, 0 or positive.
  @inline(__always) func compare(
    _ columnA: Column<UInt32>, _ first: Int, _ columnB: Column<UInt32>, _ second: Int, order: Int
  ) -> Int {
    var index = self == .suffix ? order - 1 : order - 2
    while index >= 0 {
      let (a, b) = (columnA[first + index], columnB[second + index])
      if a != b { return a < b ? -1 : 1 }
      index -= 1
    }
    if self == .suffix { return 0 }
    let (a, b) = (columnA[first + order - 1], columnB[second + order - 1])
    return a == b ? 0 : a < b ? -1 : 1
  }

  /// The words to sort records by, the least important first, if they come in the other order already.
  func sortKeys(order: Int) -> Range<Int> {
    switch self {
    case .suffix: order - 1..<order
    case .context: 0..<order - 1
    }
  }
}
