/// MurmurHash64A with seed 0 (Austin Appleby, `MurmurHash2.cpp`): how KenLM's files name words.
package func murmurHash64A(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  let multiplier: UInt64 = 0xc6a4_a793_5bd1_e995
  let count = bytes.count
  var hash = UInt64(truncatingIfNeeded: count) &* multiplier
  let wordCount = count / 8
  for index in 0..<wordCount {
    var word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    word &*= multiplier
    word ^= word >> 47
    word &*= multiplier
    hash ^= word
    hash &*= multiplier
  }
  if count & 7 != 0 {
    var tail: UInt64 = 0
    for index in (8 * wordCount..<count).reversed() {
      tail = unsafe tail << 8 | UInt64(bytes[index])
    }
    hash ^= tail
    hash &*= multiplier
  }
  hash ^= hash >> 47
  hash &*= multiplier
  hash ^= hash >> 47
  return hash
}

/// The hash by which the string `word` is found.
package func murmurHash64A(_ word: String) -> UInt64 {
  var word = word
  return word.withUTF8 { unsafe murmurHash64A(UnsafeRawBufferPointer($0)) }
}
