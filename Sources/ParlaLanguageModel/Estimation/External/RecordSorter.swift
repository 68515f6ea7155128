/// Sorts more n-grams than fit into memory: full buffers are sorted and go to a temporary file as runs.
///
/// The n-grams must come in the other one of the two orders, which saves most of the sorting.
final class RecordSorter {
  let order: Int
  private let ngramOrder: NGramOrder
  private let stride: Int
  private let digitBits: Int
  private let digitCount: Int
  private let file: SpillFile
  private var runs: [Range<Int>] = []

  private var records: Column<UInt32>
  private var count = 0
  private let capacity: Int

  /// Makes a sorter for n-grams of `order` words with numbers below `wordCount`, which uses `memory` bytes.
  init(
    _ ngramOrder: NGramOrder, order: Int, wordCount: Int, memory: Int, folder: String
  ) throws(EstimationError) {
    self.ngramOrder = ngramOrder
    self.order = order
    stride = NGramRecord.stride(order: order)
    let wordBits = max(1, Int.bitWidth - wordCount.leadingZeroBitCount)
    digitCount = (wordBits + 15) / 16
    digitBits = (wordBits + digitCount - 1) / digitCount
    // Beside the records there are two columns of their numbers, and the records of one piece on their way out.
    capacity = max(1024, memory / (stride * 4 + 8) - Self.pieceLength)
    records = Column(count: capacity * stride)
    file = try SpillFile(folder: folder)
  }

  private static let pieceLength = 4096

  /// Makes room for one record; its words and numbers are to be put at the place that is given back.
  @inline(__always) func append() throws(EstimationError) -> (column: Column<UInt32>, start: Int) {
    if count == capacity { try spill() }
    count += 1
    return (records, (count - 1) * stride)
  }

  /// Ends the sorting: everything can be read in order, through buffers of `memory` bytes together.
  func finish(memory: Int) throws(EstimationError) -> RecordMerge {
    try release()
    return try RecordMerge(file, runs: runs, ngramOrder, order: order, memory: memory)
  }

  /// Puts all records into the file, so that they take no memory until `finish`.
  func release() throws(EstimationError) {
    try spill()
    records = Column(count: 0)
  }

  private func spill() throws(EstimationError) {
    guard count > 0 else { return }
    let sorted = sortedNumbers()
    let piece = Column<UInt32>(count: Self.pieceLength * stride)
    let start = file.byteCount
    for first in Swift.stride(from: 0, to: count, by: Self.pieceLength) {
      let length = min(Self.pieceLength, count - first)
      for index in 0..<length {
        let source = Int(sorted[first + index]) * stride
        for word in 0..<stride { piece[index * stride + word] = records[source + word] }
      }
      try file.append(piece, count: length * stride)
    }
    runs.append(start..<file.byteCount)
    count = 0
  }

  /// The numbers of the records in order: a radix sort from the least to the most important digit.
  private func sortedNumbers() -> Column<UInt32> {
    var from = Column<UInt32>(count: count)
    var to = Column<UInt32>(count: count)
    for index in 0..<count { from[index] = UInt32(index) }
    let mask = UInt32(1) << UInt32(digitBits) - 1
    for key in ngramOrder.sortKeys(order: order) {
      for digit in 0..<digitCount {
        let shift = UInt32(digit * digitBits)
        let next = Column<UInt32>(count: Int(mask) + 2)
        for index in 0..<count { next[Int(records[index * stride + key] >> shift & mask) + 1] += 1 }
        for value in 0..<Int(mask) { next[value + 1] += next[value] }
        for index in 0..<count {
          let number = from[index]
          let value = Int(records[Int(number) * stride + key] >> shift & mask)
          to[Int(next[value])] = number
          next[value] += 1
        }
        swap(&from, &to)
      }
    }
    return from
  }
}
