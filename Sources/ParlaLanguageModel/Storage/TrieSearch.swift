/// Looks n-grams up in a trie from the newest word to the oldest: the smallest kind of model (`lm/search_trie.hh`).
///
/// This is a hot kernel: millions of calls a second, no allocation. Whatever a damaged file holds, every read stays
/// inside the arrays: ranges of children are cut to their array before they are searched.
@safe struct TrieSearch {
  let unigrams: UnsafeRawPointer
  /// One of each order from bigrams on; owned by the model.
  let levels: UnsafePointer<TrieLevel>
  let order: Int

  /// Scores `word` after the words of `state`, leaving the backoff of unmatched contexts to the caller.
  @inline(__always)
  func score(_ words: UnsafePointer<UInt32>, _ length: Int, _ word: UInt32, _ out: StateWriter)
    -> (probability: Float, matched: Int)
  {
    let unigram = unsafe unigrams + Int(word) &* TrieLayout.unigramStride
    var probability = unsafe unigram.loadUnaligned(as: Float.self)
    out.start(word, backoff: unsafe unigram.loadUnaligned(fromByteOffset: 4, as: Float.self))
    var range = unsafe TrieRange(
      begin: unigram.loadUnaligned(fromByteOffset: 8, as: Int.self),
      end: unigram.loadUnaligned(fromByteOffset: 24, as: Int.self))
    var matched = 1
    while matched <= length, matched < order {
      let level = unsafe levels + (matched &- 1)
      let index = unsafe level.pointee.find(words[matched &- 1], in: range)
      guard index >= 0 else { break }
      let payload = unsafe index &* level.pointee.entryBits &+ level.pointee.wordBits
      probability = unsafe level.pointee.probability(at: payload)
      matched &+= 1
      if matched == order { break }
      out.extend(matched, backoff: unsafe level.pointee.backoff(at: payload))
      if matched > length { break }
      range = unsafe level.pointee.children(of: index, payload: payload)
    }
    return (probability, matched)
  }
}

/// Places of n-grams in the array of the next order: [begin, end), not to be trusted before it is cut to the array.
struct TrieRange {
  let begin: Int
  let end: Int
}

/// The packed n-grams of one order, and how to read them.
@safe struct TrieLevel {
  let entries: PackedBits
  let count: Int
  let entryBits: Int
  let wordBits: Int
  let wordMask: UInt64
  /// The largest number that the search may encounter, for interpolating the position of a word.
  let wordCount: UInt64

  /// The values for the codes of quantised numbers, the backoff's code being in the low bits.
  ///
  /// Nil for whole floats.
  let probabilities: UnsafeRawPointer?
  let backoffs: UnsafeRawPointer?
  let probabilityMask: UInt64
  let backoffMask: UInt64
  let backoffBits: Int

  let payloadBits: Int
  let pointerBits: Int
  let pointerMask: UInt64
  /// The pointer array: at which entry each value of the leading bits starts.
  ///
  /// Nil for whole pointers.
  let pointerArray: UnsafeRawPointer?
  let pointerArrayCount: Int

  /// The position of `word` among the entries of `range`, or -1.
  ///
  /// Children are sorted by word, so the search interpolates (`util/sorted_uniform.hh`), and checks the
  /// last few one by one. A range that no valid file has is treated as empty.
  @inline(__always)
  func find(_ word: UInt32, in range: TrieRange) -> Int {
    let key = UInt64(word)
    guard range.begin >= 0, range.begin < range.end, range.end <= count, key <= wordCount,
      range.end &- range.begin <= Int(truncatingIfNeeded: wordCount)
    else { return -1 }
    var before = range.begin &- 1
    var beforeValue: UInt64 = 0
    var after = range.end
    var afterValue = wordCount
    while after &- before > 1 {
      let width = UInt64(truncatingIfNeeded: after &- before &- 1)
      let guess = (key &- beforeValue) &* width / (afterValue &- beforeValue &+ 1)
      let pivot = before &+ 1 &+ Int(truncatingIfNeeded: guess)
      let found = entries.read(at: pivot &* entryBits, mask: wordMask)
      if found < key {
        before = pivot
        beforeValue = found
      } else if found > key {
        after = pivot
        afterValue = found
      } else {
        return pivot
      }
    }
    return -1
  }

  /// The log10 probability in the payload at bit `offset`.
  @inline(__always)
  func probability(at offset: Int) -> Float {
    guard let probabilities = unsafe probabilities else {
      return entries.readNonPositiveFloat(at: offset)
    }
    let index = entries.read(at: offset &+ backoffBits, mask: probabilityMask)
    return unsafe probabilities.loadUnaligned(
      fromByteOffset: Int(truncatingIfNeeded: index) &* 4, as: Float.self)
  }

  /// The log10 backoff in the payload at bit `offset`.
  @inline(__always)
  func backoff(at offset: Int) -> Float {
    guard let backoffs = unsafe backoffs else { return entries.readFloat(at: offset &+ 31) }
    let index = entries.read(at: offset, mask: backoffMask)
    return unsafe backoffs.loadUnaligned(
      fromByteOffset: Int(truncatingIfNeeded: index) &* 4, as: Float.self)
  }

  /// The children of entry `index`, whose payload starts at bit `payload`.
  @inline(__always)
  func children(of index: Int, payload: Int) -> TrieRange {
    let offset = payload &+ payloadBits
    let begin = entries.read(at: offset, mask: pointerMask)
    let end = entries.read(at: offset &+ entryBits, mask: pointerMask)
    guard let pointerArray = unsafe pointerArray else {
      return TrieRange(
        begin: Int(truncatingIfNeeded: begin), end: Int(truncatingIfNeeded: end))
    }
    let first = unsafe leadingBits(of: index, in: pointerArray)
    var last = first
    while last &+ 1 < pointerArrayCount,
      unsafe pointerArray.loadUnaligned(fromByteOffset: (last &+ 1) &* 8, as: UInt64.self)
        <= UInt64(truncatingIfNeeded: index &+ 1)
    { last &+= 1 }
    return TrieRange(
      begin: first &<< pointerBits | Int(truncatingIfNeeded: begin),
      end: last &<< pointerBits | Int(truncatingIfNeeded: end))
  }

  /// The last place of the pointer array whose value is at most `index`; its first value is 0.
  @inline(__always)
  private func leadingBits(of index: Int, in array: UnsafeRawPointer) -> Int {
    var low = 0
    var size = pointerArrayCount
    while size > 1 {
      let half = size &>> 1
      let value = unsafe array.loadUnaligned(fromByteOffset: (low &+ half) &* 8, as: UInt64.self)
      low = value <= UInt64(truncatingIfNeeded: index) ? low &+ half : low
      size &-= half
    }
    return low
  }
}
