import ParlaLanguageModel

/// Sorts the positions of a text by the words that end there, read backwards: KenLM's suffix order.
///
/// After step k the positions are in the order of their last k words, by word number. Each step is one counting sort: for
/// the positions in the order of k - 1 words, their successors go, in that order, to the places kept for their own last
/// word. A sentence starts at `<s>`; what would reach behind it counts as equal.
struct SuffixSort {
  private let block: TokenBlock
  /// For each word, where its positions start; one more for the end.
  let starts: Column<UInt32>
  private(set) var positions: Column<UInt32>

  /// Starts with the order of one word each.
  init(_ block: TokenBlock, wordCount: Int) {
    self.block = block
    let tokens = block.tokens
    let starts = Column<UInt32>(count: wordCount + 1)
    for position in 0..<block.count { starts[Int(tokens[position]) + 1] += 1 }
    for word in 0..<wordCount { starts[word + 1] += starts[word] }
    self.starts = starts
    positions = Column(count: block.count)
    let next = Column<UInt32>(count: wordCount + 1)
    next.copy(from: starts, start: 0, count: wordCount + 1, to: 0)
    for position in 0..<block.count {
      let word = Int(tokens[position])
      positions[Int(next[word])] = UInt32(position)
      next[word] += 1
    }
  }

  /// The order by one word more than that of `positions`, put into `target`.
  func step(into target: Column<UInt32>) {
    let tokens = block.tokens
    let count = block.count
    let starts = starts
    let positions = positions
    let next = Column<UInt32>(count: starts.count)
    next.copy(from: starts, start: 0, count: starts.count, to: 0)
    let sentenceStart = Int(WordTable.sentenceStart)
    let first = Int(starts[sentenceStart])
    let sentenceStartCount = Int(starts[sentenceStart + 1]) - first
    target.copy(from: positions, start: first, count: sentenceStartCount, to: first)
    if count > 0, tokens[0] != WordTable.sentenceStart {
      target[Int(starts[Int(tokens[0])])] = 0
      next[Int(tokens[0])] += 1
    }
    for index in 0..<count {
      let position = Int(positions[index]) + 1
      guard position < count else { continue }
      let word = tokens[position]
      if word == WordTable.sentenceStart { continue }
      let place = next[Int(word)]
      target[Int(place)] = UInt32(position)
      next[Int(word)] = place + 1
    }
  }

  /// Continues with `positions`, the order that a step produced, and frees the old one.
  mutating func advance(to positions: Column<UInt32>) -> Column<UInt32> {
    defer { self.positions = positions }
    return self.positions
  }
}
