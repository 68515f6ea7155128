/// Finds the positions of values in a list by their hashes; the values stand in the list only.
struct PositionIndex: Sendable {
  /// A value's hash above, its position and one below; 0 where nothing is.
  private var slots = [UInt64](repeating: 0, count: 16)
  private var count = 0

  /// The hash of `string` by its bytes: FNV-1a.
  static func mark(of string: String) -> UInt32 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
  }

  /// The position of the value with the hash `mark` that `isEqual` to the one that is sought; nil if there is none.
  func position(_ mark: UInt32, where isEqual: (Int) -> Bool) -> Int? {
    var slot = Int(mark) & (slots.count - 1)
    while slots[slot] != 0 {
      let position = Int(slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] >> 32 == UInt64(mark), isEqual(position) { return position }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Adds a value at `position` with the hash `mark`, which is not there yet.
  mutating func insert(_ position: Int, _ mark: UInt32) {
    if 4 * (count + 1) > 3 * slots.count { grow() }
    count += 1
    place(UInt64(mark) << 32 | UInt64(position + 1))
  }

  private mutating func place(_ entry: UInt64) {
    var slot = Int(entry >> 32) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = entry
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: 2 * old.count)
    for entry in old where entry != 0 { place(entry) }
  }
}
