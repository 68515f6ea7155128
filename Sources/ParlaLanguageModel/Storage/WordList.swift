/// Words by their number, and their numbers by hash: what a reader of text fills.
package struct WordList {
  /// The bytes of all words, one after the other.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The hash of each word.
  package private(set) var hashes: [UInt64] = []

  /// Open addressing over `hashes`: a place holds a word's index plus one, or 0; a power of two of places.
  private var places = [UInt32](repeating: 0, count: 16)

  package var count: Int { ends.count }

  /// The list that begins with the unknown word, as every vocabulary does.
  package init() { _ = append(Array("<unk>".utf8)[...]) }

  /// The bytes of word `index`.
  package subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Word `index` as a string.
  package func string(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

  /// The index of `word`, if it is there.
  package func index(of word: ArraySlice<UInt8>) -> WordIndex? { index(ofHash: Self.hash(word)) }

  /// The index of the word with `hash`, if it is there.
  package func index(ofHash hash: UInt64) -> WordIndex? {
    let found = places[place(of: hash)]
    return found == 0 ? nil : found - 1
  }

  /// Adds `word`; nil when it is there already.
  package mutating func append(_ word: ArraySlice<UInt8>) -> WordIndex? {
    let hash = Self.hash(word)
    let place = place(of: hash)
    guard places[place] == 0 else { return nil }
    let index = WordIndex(count)
    bytes.append(contentsOf: word)
    ends.append(bytes.count)
    hashes.append(hash)
    places[place] = index + 1
    if count * 2 > places.count { grow() }
    return index
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: places.count * 2)
    for (index, hash) in hashes.enumerated() { places[place(of: hash)] = UInt32(index) + 1 }
  }

  /// The place of `hash`, or the empty one where it belongs.
  private func place(of hash: UInt64) -> Int {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while places[place] != 0, hashes[Int(places[place]) - 1] != hash { place = (place + 1) & mask }
    return place
  }

  private static func hash(_ word: ArraySlice<UInt8>) -> UInt64 {
    unsafe word.withUnsafeBytes { unsafe murmurHash64A($0) }
  }
}
