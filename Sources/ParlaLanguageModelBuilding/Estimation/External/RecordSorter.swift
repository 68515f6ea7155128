import ParlaLanguageModel

/// Sorts more n-grams than fit into memory: full buffers are sorted and go to a temporary file as runs.
///
/// The n-grams must come in the other one of the two orders, which saves most of the sorting.
final class RecordSorter {
  let order: Int
  private let stride: Int
  private let file: SpillFile
  private var runs: RecordRuns
  private var keys: RecordKeys
  private var records: Column<UInt32>
  private var count = 0
  private let capacity: Int

  /// Makes a sorter for n-grams of `order` words with numbers below `wordCount`, which uses `memory` bytes.
  init(
    _ ngramOrder: NGramOrder, order: Int, wordCount: Int, memory: Int, folder: String
  ) throws(LanguageModelError) {
    self.order = order
    runs = RecordRuns(ngramOrder, order: order)
    stride = NGramRecord.stride(order: order)
    // In addition to the records: their keys, and the records of one piece being written.
    capacity = max(1024, memory / (stride * 4 + RecordKeys.bytesPerRecord) - Self.pieceLength)
    records = Column(count: capacity * stride)
    keys = RecordKeys(
      ngramOrder.sortKeys(order: order), stride: stride, capacity: capacity, wordCount: wordCount)
    file = try SpillFile(folder: folder)
  }

  private static let pieceLength = 4096

  /// Makes room for one record; its words and numbers are to be put at the place that is given back.
  @inline(__always) func append() throws(LanguageModelError) -> (column: Column<UInt32>, start: Int)
  {
    if count == capacity { try spill() }
    count += 1
    return (records, (count - 1) * stride)
  }

  /// Ends the sorting.
  func finish() throws(LanguageModelError) -> RecordRuns {
    try spill()
    return runs
  }

  private func spill() throws(LanguageModelError) {
    guard count > 0 else { return }
    keys.sort(records, count: count)
    let piece = Column<UInt32>(count: Self.pieceLength * stride)
    let start = file.byteCount
    for first in Swift.stride(from: 0, to: count, by: Self.pieceLength) {
      let length = min(Self.pieceLength, count - first)
      for index in 0..<length {
        let source = keys.number(at: first + index) * stride
        for word in 0..<stride { piece[index * stride + word] = records[source + word] }
      }
      try file.append(piece, count: length * stride)
    }
    runs.append(RecordRun(file: file, range: start..<file.byteCount))
    count = 0
  }
}
