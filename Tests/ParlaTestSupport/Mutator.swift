/// Damages files as disks, transfers and enemies do, the same way for the same seed.
public struct Mutator {
  private var state: UInt64

  /// A mutator whose damage `seed` decides.
  public init(seed: UInt64) { state = seed }

  /// `bytes` with some of them changed, cut off, doubled, or added, or with other numbers in what is text.
  public mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    if below(4) == 0 { return withOtherNumbers(bytes) }
    var bytes = bytes
    for _ in 0...below(4) where !bytes.isEmpty {
      let place = below(2) == 0 ? below(min(bytes.count, 256)) : below(bytes.count)
      let end = min(bytes.count, place + 1 + below(16))
      switch below(7) {
      case 0: bytes[place] ^= UInt8(1 << below(8))
      case 1: bytes[place] = UInt8(below(256))
      case 2: for index in place..<end { bytes[index] = [0, 0xff, 0x7f, 0x80][below(4)] }
      case 3: bytes.removeLast(below(bytes.count))
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
      default: bytes.insert(contentsOf: (0...below(8)).map { _ in UInt8(below(256)) }, at: place)
      }
    }
    return bytes
  }

  /// `bytes` with one to three runs of digits replaced by others of the same length, or by numbers that nobody expects.
  private mutating func withOtherNumbers(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(3) {
      let isDigit = bytes.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      let starts = isDigit.indices.filter { isDigit[$0] && ($0 == 0 || !isDigit[$0 - 1]) }
      guard !starts.isEmpty else { return bytes }
      // Those near the beginning are a header's more often than not.
      let start = starts[below(2) == 0 ? below(min(starts.count, 64)) : below(starts.count)]
      let end = isDigit[start...].firstIndex(of: false) ?? bytes.count
      let unexpected = ["0", "-1", "65536", "2147483648", "9223372036854775807", "1e308", "1e-46"]
      bytes.replaceSubrange(
        start..<end,
        with: below(2) == 0
          ? (start..<end).map { _ in UInt8(ascii: "0") + UInt8(below(10)) }
          : [UInt8](unexpected[below(unexpected.count)].utf8))
    }
    return bytes
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  private mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((value ^ value >> 31) % UInt64(bound))
  }
}
