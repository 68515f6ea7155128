import Foundation
import ParlaLanguageModel

/// Numbers words in the order in which they are first seen, as KenLM does: `<unk>` is 0, `<s>` 1, `</s>` 2.
///
/// An open-addressing hash table over words stored contiguously in one buffer. Words are bytes; no encoding is
/// assumed.
final class WordTable: @unchecked Sendable {
  static let unknown: UInt32 = 0
  static let sentenceStart: UInt32 = 1
  static let sentenceEnd: UInt32 = 2

  private struct Slot: BitwiseCopyable {
    /// The upper half of the word's hash; the lower one chooses the slot.
    var hash: UInt32
    /// The word's number plus one; zero marks a free slot.
    var next: UInt32
  }

  private var slots = Column<Slot>(count: 1 << 16)
  private var text = Column<UInt8>(count: 1 << 20)
  private var starts = Column<Int>(count: 1 << 16)

  /// How many words there are.
  private(set) var count = 0

  init() {
    for word in ["<unk>", "<s>", "</s>"] { _ = identifier(of: word) }
  }

  /// Memory in use, in bytes.
  var byteCount: Int { slots.count * 8 + starts[count] + count * 8 }

  /// Gives up what is needed to find the number of a word; the words of given numbers can still be had.
  func forgetNumbers() { slots = Column(count: 1) }

  /// The number of `word`, a new one if need be.
  func identifier(of word: String) -> UInt32 {
    var word = word
    return word.withUTF8 { bytes in
      unsafe bytes.baseAddress.map { unsafe identifier(at: $0, count: bytes.count) } ?? 0
    }
  }

  /// The number of the word of `count` bytes at `word`, a new one if need be.
  @inline(__always) func identifier(at word: UnsafePointer<UInt8>, count: Int) -> UInt32 {
    let hash = unsafe Self.hash(word, count)
    let mark = UInt32(truncatingIfNeeded: hash >> 32)
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.next == 0 { return unsafe insert(word, count, hash: hash, at: index) }
      if slot.hash == mark, unsafe isWord(Int(slot.next) - 1, word, count) { return slot.next - 1 }
      index = (index + 1) & mask
    }
  }

  /// The number of a word, or nil if it was never seen.
  func existingIdentifier(of word: [UInt8]) -> UInt32? {
    unsafe word.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return nil }
      let hash = unsafe Self.hash(base, bytes.count)
      var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[index].next != 0 {
        let found = Int(slots[index].next) - 1
        if unsafe isWord(found, base, bytes.count) {
          return UInt32(found)
        }
        index = (index + 1) & (slots.count - 1)
      }
      return nil
    }
  }

  /// The bytes of word number `identifier`; they are only valid inside of `body`.
  @inline(__always) func withBytes<Result>(
    of identifier: UInt32, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let start = starts[Int(identifier)]
    let count = starts[Int(identifier) + 1] - start
    return unsafe text.withValues(in: start..<start + count) { unsafe body($0) }
  }

  /// The position of a word in the buffer.
  struct Place: BitwiseCopyable {
    fileprivate(set) var start = 0
    fileprivate(set) var count = 0
  }

  /// Finds the first `count` of `identifiers`.
  ///
  /// Many at once, since each is a wait for memory, and the processor waits for several together.
  func locate(_ identifiers: Column<UInt32>, count: Int, into places: Column<Place>) {
    for index in 0..<count {
      let identifier = Int(identifiers[index])
      let start = starts[identifier]
      places[index] = Place(start: start, count: starts[identifier + 1] - start)
    }
  }

  /// The bytes at `place`; they are only valid inside of `body`.
  @inline(__always) func withBytes<Result>(
    at place: Place, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    unsafe text.withValues(in: place.start..<place.start + place.count) { unsafe body($0) }
  }

  /// Word number `identifier` as text.
  subscript(identifier: UInt32) -> String {
    unsafe withBytes(of: identifier) { unsafe String(decoding: Array($0), as: UTF8.self) }
  }

  @inline(__always) private func isWord(
    _ identifier: Int, _ word: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    let start = starts[identifier]
    guard starts[identifier + 1] - start == count else { return false }
    return unsafe text.withValues(in: start..<start + count) { bytes in
      unsafe bytes.baseAddress.map { unsafe memcmp($0, word, count) == 0 } ?? true
    }
  }

  private func insert(
    _ word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, at index: Int
  ) -> UInt32 {
    let start = starts[self.count]
    if start + count > text.count {
      text = text.grown(to: max(text.count * 2, start + count), keeping: start)
    }
    for offset in 0..<count { unsafe text[start + offset] = word[offset] }
    let identifier = UInt32(self.count)
    self.count += 1
    if self.count == starts.count {
      starts = starts.grown(to: starts.count * 2, keeping: starts.count)
    }
    starts[self.count] = start + count
    slots[index] = Slot(hash: UInt32(truncatingIfNeeded: hash >> 32), next: identifier + 1)
    if self.count * 4 > slots.count * 3 { growSlots() }
    return identifier
  }

  /// Doubles the table; a slot does not store the full hash, so it is recomputed.
  private func growSlots() {
    let grown = Column<Slot>(count: slots.count * 2)
    slots = Column(count: 1)
    let mask = grown.count - 1
    for identifier in 0..<UInt32(count) {
      let hash = unsafe withBytes(of: identifier) { bytes in
        unsafe bytes.baseAddress.map { unsafe Self.hash($0, bytes.count) } ?? 0
      }
      var index = Int(truncatingIfNeeded: hash) & mask
      while grown[index].next != 0 { index = (index + 1) & mask }
      grown[index] = Slot(hash: UInt32(truncatingIfNeeded: hash >> 32), next: identifier + 1)
    }
    slots = grown
  }

  /// A multiply-and-fold hash over eight bytes at a time, after wyhash (Wang Yi, public domain).
  @inline(__always) private static func hash(
    _ word: UnsafePointer<UInt8>, _ count: Int
  ) -> UInt64 {
    var state = 0x9e37_79b9_7f4a_7c15 ^ UInt64(count)
    let bytes = unsafe UnsafeRawPointer(word)
    var offset = 0
    while offset + 8 <= count {
      state = mix(unsafe state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var tail: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count {
      unsafe tail |= UInt64(word[offset]) << shift
      shift += 8
      offset += 1
    }
    return mix(state ^ tail)
  }

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
    return product.high ^ product.low
  }
}
