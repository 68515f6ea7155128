/// Reads sorted runs as one sorted sequence of n-grams.
struct RecordMerge {
  let order: Int
  private let ngramOrder: NGramOrder
  private var readers: [RecordReader] = []
  /// The readers with something left, as a heap: the one with the first record in front.
  private var heap: [Int] = []

  /// Reads `runs`, each sorted, through buffers of `memory` bytes together.
  init(
    _ runs: [RecordRun], _ ngramOrder: NGramOrder, order: Int, memory: Int
  ) throws(EstimationError) {
    self.order = order
    self.ngramOrder = ngramOrder
    let stride = NGramRecord.stride(order: order)
    let capacity = memory / max(runs.count, 1) / (stride * 4)
    for run in runs where !run.range.isEmpty {
      readers.append(
        try RecordReader(
          run.file, run.range, stride: stride, capacity: min(max(capacity, 64), 1 << 14)))
    }
    heap = Array(readers.indices)
    for index in heap.indices.reversed() { sink(index) }
  }

  /// Whether everything was read.
  var isAtEnd: Bool { heap.isEmpty }

  /// The buffer with the present record.
  var column: Column<UInt32> { readers[heap[0]].column }

  /// Where the present record starts in its buffer.
  var start: Int { readers[heap[0]].start }

  /// Goes to the next record.
  mutating func advance() throws(EstimationError) {
    try readers[heap[0]].advance()
    if readers[heap[0]].isAtEnd {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    if heap.count > 1 { sink(0) }
  }

  private mutating func sink(_ index: Int) {
    var parent = index
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if isBefore(heap[child], heap[first]) { first = child }
      }
      if first == parent { return }
      heap.swapAt(first, parent)
      parent = first
    }
  }

  @inline(__always) private func isBefore(_ first: Int, _ second: Int) -> Bool {
    let comparison = ngramOrder.compare(
      readers[first].column, readers[first].start, readers[second].column, readers[second].start,
      order: order)
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
  ) throws(EstimationError) {
    self.file = file
    self.stride = stride
    rest = range
    column = Column(count: capacity * stride)
    try fill()
  }

  var isAtEnd: Bool { start == end }

  @inline(__always) mutating func advance() throws(EstimationError) {
    start += stride
    if start == end, !rest.isEmpty { try fill() }
  }

  private mutating func fill() throws(EstimationError) {
    let count = min(rest.count / 4, column.count)
    try file.read(count, at: rest.lowerBound, into: column)
    rest = rest.lowerBound + count * 4..<rest.upperBound
    (start, end) = (0, count)
  }
}
