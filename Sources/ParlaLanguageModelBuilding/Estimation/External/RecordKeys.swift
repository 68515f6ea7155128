import ParlaLanguageModel

/// Puts records in order without moving them: numbers of 64 bits are sorted, with words above and the record's number
/// below, so that equal ones stay as they came.
///
/// As many words as fit are sorted by at a time, the most important ones first: all records by counting their digits,
/// then those that have them in common by the next words.
struct RecordKeys {
  /// The words to sort by, the most important one first.
  private let wordIndices: [Int]
  private let stride: Int
  private let wordBits: Int
  private let numberBits: Int
  private var keys: Column<UInt64>
  private var spare: Column<UInt64>

  static let bytesPerRecord = 16
  private static let digitBits = 11

  init(_ wordIndices: Range<Int>, stride: Int, capacity: Int, wordCount: Int) {
    self.wordIndices = wordIndices.reversed()
    self.stride = stride
    wordBits = Self.bits(below: wordCount)
    numberBits = Self.bits(below: capacity)
    keys = Column(count: capacity)
    spare = Column(count: capacity)
  }

  /// The bits of numbers below `count`.
  private static func bits(below count: Int) -> Int {
    max(1, Int.bitWidth - (count - 1).leadingZeroBitCount)
  }

  /// The number of the record that is at `index` in the order.
  @inline(__always) func number(at index: Int) -> Int {
    Int(truncatingIfNeeded: keys[index]) & (1 << numberBits - 1)
  }

  /// Finds the order of the first `count` of `records`.
  mutating func sort(_ records: Column<UInt32>, count: Int) {
    for index in 0..<count { keys[index] = UInt64(index) }
    let taken = addWords(0..<count, from: 0, records)
    for shift in Swift.stride(
      from: numberBits, to: numberBits + taken * wordBits, by: Self.digitBits)
    {
      sortByDigit(at: UInt64(shift), count: count)
    }
    sortEqual(0..<count, from: taken, records)
  }

  /// Puts as many words as fit above the numbers in `range`, from the word at `first` on; says how many they are.
  private func addWords(_ range: Range<Int>, from first: Int, _ records: Column<UInt32>) -> Int {
    let taken = min(wordIndices.count - first, (64 - numberBits) / wordBits)
    for index in range {
      let number = number(at: index)
      var key: UInt64 = 0
      for word in first..<first + taken {
        key = key << UInt64(wordBits) | UInt64(records[number * stride + wordIndices[word]])
      }
      keys[index] = key << UInt64(numberBits) | UInt64(number)
    }
    return taken
  }

  private mutating func sortByDigit(at shift: UInt64, count: Int) {
    let mask = UInt64(1) << UInt64(Self.digitBits) - 1
    let next = Column<UInt32>(count: Int(mask) + 2)
    for index in 0..<count { next[Int(keys[index] >> shift & mask) + 1] += 1 }
    for value in 0..<Int(mask) { next[value + 1] += next[value] }
    for index in 0..<count {
      let digit = Int(keys[index] >> shift & mask)
      spare[Int(next[digit])] = keys[index]
      next[digit] += 1
    }
    swap(&keys, &spare)
  }

  /// Sorts those of `range` that have all words in common so far by the words from `first` on.
  private func sortEqual(_ range: Range<Int>, from first: Int, _ records: Column<UInt32>) {
    if first == wordIndices.count { return }
    var start = range.lowerBound
    while start < range.upperBound {
      let word = keys[start] >> UInt64(numberBits)
      var end = start + 1
      while end < range.upperBound, keys[end] >> UInt64(numberBits) == word { end += 1 }
      if end > start + 1 {
        let taken = addWords(start..<end, from: first, records)
        keys.sort(start..<end)
        sortEqual(start..<end, from: first + taken, records)
      }
      start = end
    }
  }
}
