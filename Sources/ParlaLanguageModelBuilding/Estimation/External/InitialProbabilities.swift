import ParlaLanguageModel

/// Discounted frequencies and the weights of contexts, for the n-grams of one order in context order.
///
/// n-grams with the same context follow each other; they are kept until all are there, since each needs their sum.
struct InitialProbabilities {
  private let order: Int
  private let stride: Int
  private let discounts: KneserNeyDiscounts
  private var group: Column<UInt32>
  private var groupCount = 0

  init(order: Int, discounts: KneserNeyDiscounts) {
    self.order = order
    self.discounts = discounts
    stride = NGramRecord.stride(order: order)
    group = Column(count: 1024 * NGramRecord.stride(order: order))
  }

  /// Takes the n-grams of `merge`.
  ///
  /// Those that stay go to `sorter` with their frequency and the weight of their context; the contexts go to `weights`
  /// with their weight, in suffix order.
  mutating func run(
    _ merge: inout RecordMerge, to sorter: RecordSorter, weights: ContextWeightWriter,
    progress: (Int) throws -> Void
  ) throws {
    var readCount = 0
    while !merge.isAtEnd {
      groupCount = 0
      var sums = ContextSums<UInt64>()
      repeat {
        let (count, isPruned) = NGramRecord.count(
          order: order, at: merge.start, in: merge.column)
        sums.add(adjustedCount: count, isPruned: isPruned)
        keep(merge)
        try merge.advance()
        readCount += 1
        if readCount & 0xf_ffff == 0 { try progress(readCount) }
      } while !merge.isAtEnd && hasSameContext(merge)
      try finishGroup(sums, sorter, weights)
    }
  }

  private mutating func keep(_ merge: RecordMerge) {
    if (groupCount + 1) * stride > group.count {
      let grown = Column<UInt32>(count: group.count * 2)
      grown.copy(from: group, start: 0, count: group.count, to: 0)
      group = grown
    }
    group.copy(from: merge.column, start: merge.start, count: stride, to: groupCount * stride)
    groupCount += 1
  }

  private func hasSameContext(_ merge: RecordMerge) -> Bool {
    for index in 0..<order - 1 where merge.column[merge.start + index] != group[index] {
      return false
    }
    return true
  }

  private func finishGroup(
    _ sums: ContextSums<UInt64>, _ sorter: RecordSorter, _ weights: ContextWeightWriter
  ) throws {
    let weight = sums.interpolationWeight(discounts)
    try weights.append(contextOf: group, weight: weight)
    for index in 0..<groupCount {
      let source = index * stride
      let (count, isPruned) = NGramRecord.count(order: order, at: source, in: group)
      if isPruned { continue }
      let (column, start) = try sorter.append()
      column.copy(from: group, start: source, count: order, to: start)
      column[start + order] = sums.uninterpolated(count, discounts).bitPattern
      column[start + order + 1] = weight.bitPattern
    }
  }
}

/// Writes contexts and their weights to a temporary file.
final class ContextWeightWriter {
  /// Words in each context.
  let order: Int
  private let file: SpillFile
  private let piece: Column<UInt32>
  private var filled = 0

  init(order: Int, folder: String) throws(LanguageModelError) {
    self.order = order
    file = try SpillFile(folder: folder)
    piece = Column(count: 4096 * (order + 1))
  }

  func append(contextOf record: Column<UInt32>, weight: Float) throws(LanguageModelError) {
    if filled == piece.count { try flush() }
    piece.copy(from: record, start: 0, count: order, to: filled)
    piece[filled + order] = weight.bitPattern
    filled += order + 1
  }

  /// What was written.
  func finish() throws(LanguageModelError) -> ContextWeights {
    try flush()
    return ContextWeights(order: order, file: file)
  }

  private func flush() throws(LanguageModelError) {
    try file.append(piece, count: filled)
    filled = 0
  }
}

/// Contexts of `order` words with their weights, in suffix order.
struct ContextWeights {
  fileprivate let order: Int
  fileprivate let file: SpillFile

  /// Reads from the front.
  func reader() throws(LanguageModelError) -> ContextWeightReader {
    ContextWeightReader(
      order: order,
      reader: try RecordReader(file, 0..<file.byteCount, stride: order + 1, capacity: 4096))
  }
}

/// Finds the weights of contexts that are asked for in suffix order.
struct ContextWeightReader {
  fileprivate let order: Int
  fileprivate var reader: RecordReader

  /// The weight of the lower order behind the n-gram at `start`; 1 if it is no context.
  mutating func weight(
    behind column: Column<UInt32>, _ start: Int
  ) throws(LanguageModelError) -> Float {
    while !reader.isAtEnd {
      let comparison = NGramOrder.suffix.compare(
        reader.column, reader.start, column, start, order: order)
      if comparison == 0 { return Float(bitPattern: reader.column[reader.start + order]) }
      if comparison > 0 { break }
      try reader.advance()
    }
    return 1
  }
}
