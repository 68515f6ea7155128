/// The front of an automaton as OpenFst's `ConstFst<StdArc>` keeps it (`fst/const-fst.h`).
///
/// Then follow, each from the next multiple of 16 on, counted from the start of the file: states of
/// 20 bytes (final weight, first arc, arcs, input and output epsilons), and arcs of 16 (input and
/// output label, weight, next state), in the order of labels within a state.
struct ConstFSTHeader: Equatable {
  let start: Int
  let stateCount: Int
  let arcCount: Int
  let isAligned: Bool

  static let stateSize = 20
  static let arcSize = 16
  static let size = 65

  private static let magic: UInt32 = 0x7EB2_FDD6
  private static let alignedFlag: UInt32 = 4

  /// What is true of an automaton that `LexiconBuilder` makes, in OpenFst's words
  /// (`fst/properties.h`): expanded, acceptor, deterministic, without epsilons, sorted by labels,
  /// unweighted, acyclic, sorted topologically, accessible, coaccessible, no single string.
  private static let properties: UInt64 = 0xA56A_5A95_0001

  /// The header of an automaton that starts in state 0.
  init(stateCount: Int, arcCount: Int) {
    start = 0
    self.stateCount = stateCount
    self.arcCount = arcCount
    isAligned = true
  }

  /// The positions of states and arcs if the header starts at byte `offset` of the file.
  func layout(from offset: Int) -> (states: Int, arcs: Int, end: Int) {
    let states = align(offset + Self.size)
    let arcs = align(states + stateCount * Self.stateSize)
    return (states, arcs, arcs + arcCount * Self.arcSize)
  }

  private func align(_ position: Int) -> Int {
    isAligned ? (position + 15) / 16 * 16 : position
  }

  /// The header's bytes in a file.
  var encoded: [UInt8] {
    var bytes = littleEndian(Self.magic)
    for text in ["const", "standard"] { bytes += littleEndian(UInt32(text.utf8.count)) + text.utf8 }
    bytes += littleEndian(UInt32(1)) + littleEndian(Self.alignedFlag)
    bytes += littleEndian(Self.properties)
    for number in [start, stateCount, arcCount] { bytes += littleEndian(UInt64(number)) }
    return bytes
  }
}

extension ConstFSTHeader {
  /// Reads the header at byte `offset` of a scorer's bytes; `path` is for messages.
  init(
    _ bytes: UnsafeRawBufferPointer, from offset: Int, path: String
  ) throws(DecodingError) {
    guard bytes.count - offset >= Self.size else {
      throw .malformedScorer(
        path: path, found: "a lexicon of \(max(0, bytes.count - offset)) bytes",
        expected: "a header of \(Self.size)")
    }
    func field(_ position: Int) -> UInt32 {
      unsafe bytes.loadUnaligned(fromByteOffset: offset + position, as: UInt32.self).littleEndian
    }
    func longField(_ position: Int) -> UInt64 {
      UInt64(field(position)) | UInt64(field(position + 4)) << 32
    }
    let model = Self(stateCount: 0, arcCount: 0).encoded
    let kind = 4..<25
    guard field(0) == Self.magic,
      unsafe bytes[offset + kind.lowerBound..<offset + kind.upperBound].elementsEqual(model[kind])
    else {
      throw .malformedScorer(
        path: path, found: "other content after the header",
        expected: "a lexicon, as an OpenFst automaton of type const with standard arcs")
    }
    let (version, flags) = (field(25), field(29))
    guard version == 1 || version == 2, flags & 3 == 0 else {
      throw .malformedScorer(
        path: path, found: "a lexicon of version \(version) with flags \(flags)",
        expected: "version 1 or 2 without symbol tables")
    }
    // No state or arc is smaller than a byte, so larger counts are damage and cannot overflow.
    let (start, states, arcs) = (longField(41), longField(49), longField(57))
    guard states >= 1, states < bytes.count, arcs < bytes.count, start < states else {
      throw .malformedScorer(
        path: path, found: "a lexicon of \(states) states and \(arcs) arcs from state \(start)",
        expected: "one that fits into \(bytes.count) bytes")
    }
    self.start = Int(start)
    stateCount = Int(states)
    arcCount = Int(arcs)
    isAligned = version == 1 || flags & Self.alignedFlag != 0
  }
}

/// The bytes of `value`, least significant first.
func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
