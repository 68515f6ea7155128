package import ParlaPlatform

/// A name for some content: equal bytes have equal names, and different ones different names for all that will be met.
///
/// 128 bits from two multiplying hashes of eight bytes at a time, in the manner of FNV-1a, each ended by the finaliser of
/// MurmurHash3 (A. Appleby). It recognises content; it does not withstand somebody who forges it.
/// The same bytes added in other pieces have another name.
package struct ContentDigest: Hashable, Sendable {
  private var first: UInt64 = 0xcbf2_9ce4_8422_2325
  private var second: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// Starts with nothing.
  package init() {}

  /// Takes `data` into account.
  package mutating func add(_ data: Data) {
    unsafe data.withUnsafeBytes { bytes in
      let wordCount = bytes.count / 8
      for index in 0..<wordCount {
        add(unsafe bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
      }
      var rest: UInt64 = 0
      for index in 8 * wordCount..<bytes.count { unsafe rest = rest << 8 | UInt64(bytes[index]) }
      add(rest)
      add(UInt64(bytes.count))
    }
  }

  /// The name, in 32 hexadecimal digits.
  package var name: String {
    [first, second].map { value in
      let digits = String(Self.finished(value), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  private mutating func add(_ word: UInt64) {
    first = (first ^ word) &* 0x0000_0100_0000_01b3
    first ^= first >> 29
    second = (second &+ word) &* 0xbf58_476d_1ce4_e5b9
    second ^= second >> 32
  }

  private static func finished(_ value: UInt64) -> UInt64 {
    var value = (value ^ value >> 33) &* 0xff51_afd7_ed55_8ccd
    value = (value ^ value >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return value ^ value >> 33
  }
}
