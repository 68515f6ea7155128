/// Looks n-grams up in hash tables: the fastest kind of model, and the largest (`lm/search_hashed.hh`).
///
/// This is a hot kernel: millions of calls a second, no allocation. Whatever a damaged file holds, every read stays
/// inside the tables: a bucket comes from a remainder, a probe ends where it began.
@safe struct ProbingSearch {
  let unigrams: UnsafeRawPointer
  let unigramStride: Int
  /// One of each order from bigrams on; owned by the model.
  let tables: UnsafePointer<ProbingTable>
  let order: Int

  /// Scores `word` after the words of `state`, leaving the backoff of unmatched contexts to the caller.
  @inline(__always)
  func score(_ words: UnsafePointer<UInt32>, _ length: Int, _ word: UInt32, _ out: StateWriter)
    -> (probability: Float, matched: Int)
  {
    let unigram = unsafe unigrams + Int(word) &* unigramStride
    var bits = unsafe unigram.loadUnaligned(as: UInt32.self)
    out.start(word, backoff: unsafe unigram.loadUnaligned(fromByteOffset: 4, as: Float.self))
    var matched = 1
    var key = UInt64(word)
    var history = 0
    // A set sign bit says that no longer n-gram ends with this one.
    while history < length, matched < order, bits & 0x8000_0000 == 0 {
      key = unsafe Self.combine(key, words[history])
      guard let entry = unsafe tables[history].find(key) else { break }
      bits = unsafe entry.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
      history &+= 1
      matched = history &+ 1
      if matched == order { break }
      out.extend(
        matched, backoff: unsafe entry.loadUnaligned(fromByteOffset: 12, as: Float.self))
    }
    return (Float(bitPattern: bits | 0x8000_0000), matched)
  }

  /// The key of the n-gram of `key` with `word` before it.
  @inline(__always)
  static func combine(_ key: UInt64, _ word: UInt32) -> UInt64 {
    key &* 8_978_948_897_894_561_157
      ^ (1 &+ UInt64(word)) &* 17_894_857_484_156_487_943
  }
}

/// A hash table with linear probing, the key in front of each entry; key 0 marks an empty place.
@safe struct ProbingTable {
  let base: UnsafeRawPointer
  let end: UnsafeRawPointer
  let bucketCount: UInt64
  let stride: Int

  /// The entry of `key`, or nil.
  @inline(__always)
  func find(_ key: UInt64) -> UnsafeRawPointer? {
    let ideal = unsafe base + Int(truncatingIfNeeded: key % bucketCount) &* stride
    var entry = unsafe ideal
    while true {
      let found = unsafe entry.loadUnaligned(as: UInt64.self)
      if found == key { return unsafe entry }
      if found == 0 { return nil }
      unsafe entry += stride
      if unsafe entry == end { unsafe entry = unsafe base }
      if unsafe entry == ideal { return nil }
    }
  }
}
