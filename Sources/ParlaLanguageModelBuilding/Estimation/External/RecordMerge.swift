import ParlaLanguageModel

/// Reads sorted runs as one sorted sequence of n-grams.
struct RecordMerge {
  let order: Int
  private let ngramOrder: NGramOrder
  private var readers: [RecordReader] = []
  /// The readers with something left, as a heap: the one with the first record in front.
  private var heap: [Entry] = []

  /// A reader with the two words that count most in its present record: they nearly always decide.
  private struct Entry {
    var key: UInt64
    let reader: Int
  }

  /// Reads `runs`, each sorted, through buffers of `memory` bytes together.
  init(
    _ runs: [RecordRun], _ ngramOrder: NGramOrder, order: Int, memory: Int
  ) throws(LanguageModelError) {
    self.order = order
    self.ngramOrder = ngramOrder
    let stride = NGramRecord.stride(order: order)
    let capacity = memory / max(runs.count, 1) / (stride * 4)
    for run in runs where !run.range.isEmpty {
      readers.append(
        try RecordReader(
          run.file, run.range, stride: stride, capacity: min(max(capacity, 64), 1 << 14)))
    }
    heap = readers.indices.map { Entry(key: key(of: $0), reader: $0) }
    for index in heap.indices.reversed() { sink(index) }
  }

  /// Whether everything was read.
  var isAtEnd: Bool { heap.isEmpty }

  /// The buffer with the present record.
  var column: Column<UInt32> { readers[heap[0].reader].column }

  /// Where the present record starts in its buffer.
  var start: Int { readers[heap[0].reader].start }

  /// Goes to the next record.
  mutating func advance() throws(LanguageModelError) {
    let reader = heap[0].reader
    try readers[reader].advance()
    if readers[reader].isAtEnd {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    } else if heap.count > 1 {
      heap[0].key = key(of: reader)
    }
    if heap.count > 1 { sink(0) }
  }

  private func key(of reader: Int) -> UInt64 {
    let leading = ngramOrder.sortKeys(order: order).upperBound - 1
    let first = readers[reader].start + leading
    let second = leading > 0 ? readers[reader].column[first - 1] : 0
    return UInt64(readers[reader].column[first]) << 32 | UInt64(second)
  }

  private mutating func sink(_ index: Int) {
    let entry = heap[index]
    var parent = index
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
      guard isBefore(heap[child], entry) else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = entry
  }

  @inline(__always) private func isBefore(_ first: Entry, _ second: Entry) -> Bool {
    if first.key != second.key { return first.key < second.key }
    let (a, b) = (first.reader, second.reader)
    let comparison = ngramOrder.compare(
      readers[a].column, readers[a].start, readers[b].column, readers[b].start, order: order)
    return comparison < 0
  }
}

/// Reads records of a fixed size from a part of a temporary file.
struct RecordReader {
  let column: Column<UInt32>
  private(set) var start = 0
  private let file: SpillFile
  private let stride: Int
  private var end = 0
  private var rest: Range<Int>

  init(
    _ file: SpillFile, _ range: Range<Int>, stride: Int, capacity: Int
  ) throws(LanguageModelError) {
    self.file = file
    self.stride = stride
    rest = range
    column = Column(count: capacity * stride)
    try fill()
  }

  var isAtEnd: Bool { start == end }

  @inline(__always) mutating func advance() throws(LanguageModelError) {
    start += stride
    if start == end, !rest.isEmpty { try fill() }
  }

  private mutating func fill() throws(LanguageModelError) {
    let count = min(rest.count / 4, column.count)
    try file.read(count, at: rest.lowerBound, into: column)
    rest = rest.lowerBound + count * 4..<rest.upperBound
    (start, end) = (0, count)
  }
}
