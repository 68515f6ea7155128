/// Strings one behind the other in one block of memory: each takes its UTF-8 and 8 bytes, not a block of its own.
struct PackedStrings: Sendable, RandomAccessCollection {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Whether all strings are ASCII.
  private(set) var isASCII = true

  var startIndex: Int { 0 }
  var endIndex: Int { ends.count }

  subscript(_ position: Int) -> String { String(decoding: utf8(position), as: UTF8.self) }

  /// The bytes of the string at `position`.
  func utf8(_ position: Int) -> ArraySlice<UInt8> {
    bytes[(position == 0 ? 0 : ends[position - 1])..<ends[position]]
  }

  /// Adds `string` at the end.
  mutating func append(_ string: String) {
    let start = bytes.count
    bytes.append(contentsOf: string.utf8)
    ends.append(bytes.count)
    isASCII = isASCII && bytes[start...].allSatisfy { $0 < 0x80 }
  }

  /// All positions, sorted by their strings' bytes, those of equal strings as they stand.
  func positionsByBytes() -> [Int32] {
    positions { utf8(Int($0)).lexicographicallyPrecedes(utf8(Int($1))) }
  }

  /// All positions, in the order of the strings that `<` gives.
  func positionsByOrder() -> [Int32] {
    isASCII ? positionsByBytes() : positions { self[Int($0)] < self[Int($1)] }
  }

  private func positions(_ precedes: (Int32, Int32) -> Bool) -> [Int32] {
    var positions = indices.map { Int32($0) }
    positions.sort { precedes($0, $1) || !precedes($1, $0) && $0 < $1 }
    return positions
  }
}

/// Different strings, each held once and found by its bytes.
struct StringPool: Sendable {
  /// The strings in the order in which they came.
  private var strings = PackedStrings()
  private var positions = PositionIndex()

  var count: Int { strings.count }

  subscript(_ position: Int) -> String { strings[position] }

  /// The position of `string`; nil if it is not there.
  func position(of string: String) -> Int? {
    positions.position(PositionIndex.mark(of: string)) {
      strings.utf8($0).elementsEqual(string.utf8)
    }
  }

  /// The position of `string`, which is added if it is new.
  @discardableResult
  mutating func insert(_ string: String) -> Int {
    if let position = position(of: string) { return position }
    positions.insert(strings.count, PositionIndex.mark(of: string))
    strings.append(string)
    return strings.count - 1
  }
}
