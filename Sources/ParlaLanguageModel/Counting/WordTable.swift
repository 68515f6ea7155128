import Foundation

/// Numbers words in the order in which they are first seen, as KenLM does: `<unk>` is 0, `<s>` 1, `</s>` 2.
///
/// An open-addressing hash table over words that lie one behind the other in one buffer. Words are bytes; no encoding is
/// assumed.
@safe final class WordTable: @unchecked Sendable {
  static let unknown: UInt32 = 0
  static let sentenceStart: UInt32 = 1
  static let sentenceEnd: UInt32 = 2

  private struct Slot: BitwiseCopyable {
    var hash: UInt64
    /// The word's number plus one; zero marks a free slot.
    var next: UInt32
  }

  private var slots = Column<Slot>(count: 1 << 16)
  private var text: UnsafeMutablePointer<UInt8>
  private var textCapacity = 1 << 20
  private var starts: [Int] = [0]

  init() {
    unsafe text = .allocate(capacity: 1 << 20)
    for word in ["<unk>", "<s>", "</s>"] { _ = identifier(of: word) }
  }

  deinit { unsafe text.deallocate() }

  /// How many words there are.
  var count: Int { starts.count - 1 }

  /// Memory in use, in bytes.
  var byteCount: Int { slots.count * 16 + textCapacity + starts.capacity * 8 }

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
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.next == 0 { return unsafe insert(word, count, hash: hash, at: index) }
      if slot.hash == hash, unsafe isWord(Int(slot.next) - 1, word, count) { return slot.next - 1 }
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
        if slots[index].hash == hash, unsafe isWord(found, base, bytes.count) {
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
    return unsafe body(UnsafeBufferPointer(start: text + start, count: count))
  }

  /// Word number `identifier` as text.
  subscript(identifier: UInt32) -> String {
    unsafe withBytes(of: identifier) { unsafe String(decoding: Array($0), as: UTF8.self) }
  }

  @inline(__always) private func isWord(
    _ identifier: Int, _ word: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    let start = starts[identifier]
    return unsafe starts[identifier + 1] - start == count && memcmp(text + start, word, count) == 0
  }

  private func insert(
    _ word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, at index: Int
  ) -> UInt32 {
    let start = starts[self.count]
    if start + count > textCapacity { growText(to: start + count) }
    unsafe (text + start).update(from: word, count: count)
    let identifier = UInt32(self.count)
    starts.append(start + count)
    slots[index] = Slot(hash: hash, next: identifier + 1)
    if self.count * 2 > slots.count { growSlots() }
    return identifier
  }

  private func growText(to needed: Int) {
    let capacity = max(textCapacity * 2, needed)
    let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe grown.update(from: text, count: starts[count])
    unsafe text.deallocate()
    unsafe text = grown
    textCapacity = capacity
  }

  private func growSlots() {
    let grown = Column<Slot>(count: slots.count * 2)
    let mask = grown.count - 1
    for old in 0..<slots.count where slots[old].next != 0 {
      var index = Int(truncatingIfNeeded: slots[old].hash) & mask
      while grown[index].next != 0 { index = (index + 1) & mask }
      grown[index] = slots[old]
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
