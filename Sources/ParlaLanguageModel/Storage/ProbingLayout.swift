/// The offsets of the parts of a probing model in its file, in bytes from the start (`lm/search_hashed.hh`).
///
/// ```
/// header | vocabulary: version, bound, table | unigrams | table of bigrams | … | table of the longest
/// ```
struct ProbingLayout {
  /// One table of n-grams.
  struct Table {
    let offset: Int
    let bucketCount: Int
    /// Bytes of an entry: the key and what is known of the n-gram.
    let stride: Int
  }

  let vocabularyOffset: Int
  let vocabularyTable: Table
  let unigramOffset: Int
  /// Probability and backoff, in rest-cost models also the rest cost.
  let unigramStride: Int
  /// One of each order from bigrams on.
  let tables: [Table]
  /// Where the n-gram part ends and the words begin, if they are there.
  let end: Int

  init(_ header: KenLMHeader) {
    let weightBytes = header.kind == .restProbing ? 12 : 8
    let multiplier = header.probingMultiplier
    vocabularyOffset = KenLMHeader.size(order: header.order)
    vocabularyTable = Table(
      offset: vocabularyOffset + 8,
      bucketCount: Self.bucketCount(of: header.counts[0], multiplier: multiplier), stride: 12)
    unigramOffset = vocabularyTable.offset + vocabularyTable.bucketCount * 12
    unigramStride = weightBytes
    var offset = unigramOffset + (header.counts[0] + 1) * weightBytes
    var tables: [Table] = []
    for order in stride(from: 2, through: header.order, by: 1) {
      let table = Table(
        offset: offset,
        bucketCount: Self.bucketCount(of: header.counts[order - 1], multiplier: multiplier),
        stride: order == header.order ? 12 : 8 + weightBytes)
      tables.append(table)
      offset += table.bucketCount * table.stride
    }
    self.tables = tables
    end = offset
  }

  /// How many places a table for `count` entries has: at least one stays empty (`util/probing_hash_table.hh`).
  private static func bucketCount(of count: Int, multiplier: Float) -> Int {
    max(count + 1, Int(multiplier * Float(count)))
  }
}
