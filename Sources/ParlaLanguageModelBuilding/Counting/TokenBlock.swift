import ParlaLanguageModel

/// A stretch of text as word numbers, each sentence behind one `<s>` and closed by `</s>`.
///
/// The first `historyCount` tokens repeat the end of the stretch before, so that an n-gram may reach back over the cut;
/// they are not counted again.
final class TokenBlock: Sendable {
  let tokens: Column<UInt32>
  private let state: Column<Int>

  /// Makes room for `capacity` tokens.
  init(capacity: Int) {
    tokens = Column(count: capacity)
    state = Column(count: 3)
    limit = capacity
  }

  /// A copy of the tokens in `range`, behind up to `contextLength` before them as history.
  func part(_ range: Range<Int>, contextLength: Int) -> TokenBlock {
    var start = range.lowerBound
    while start > 0, range.lowerBound - start < contextLength,
      start == tokens.count || tokens[start] != WordTable.sentenceStart
    {
      start -= 1
    }
    let part = TokenBlock(capacity: range.upperBound - start)
    part.tokens.copy(from: tokens, start: start, count: range.upperBound - start, to: 0)
    part.count = range.upperBound - start
    part.historyCount = max(range.lowerBound, min(historyCount, range.upperBound)) - start
    return part
  }

  /// How many tokens may be added before the block counts as full; never more than there is room for.
  var limit: Int {
    get { state[2] }
    set { state[2] = min(newValue, tokens.count) }
  }

  /// How many tokens there are, those of the history included.
  var count: Int {
    get { state[0] }
    set { state[0] = newValue }
  }

  /// How many tokens at the front only serve as context.
  var historyCount: Int {
    get { state[1] }
    set { state[1] = newValue }
  }

  var isFull: Bool { count >= limit }

  @inline(__always) func append(_ token: UInt32) {
    tokens[count] = token
    count += 1
  }

  /// Starts over; of the sentence that is being read, the last `contextLength` tokens stay as history.
  func restart(contextLength: Int) {
    var length = 0
    while length < min(contextLength, count) {
      length += 1
      if tokens[count - length] == WordTable.sentenceStart { break }
    }
    tokens.copy(from: tokens, start: count - length, count: length, to: 0)
    count = length
    historyCount = length
  }

  /// The `order` words that end at `position`, filled up with `<s>` where the sentence is shorter.
  func window(endingAt position: Int, order: Int) -> [UInt32] {
    var words = [UInt32](repeating: WordTable.sentenceStart, count: order)
    for distance in 0..<min(order, position + 1) {
      words[order - 1 - distance] = tokens[position - distance]
      if tokens[position - distance] == WordTable.sentenceStart { break }
    }
    return words
  }
}
