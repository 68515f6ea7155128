package import ParlaPlatform

/// The SHA-256 digest of some content (FIPS 180-4, section 6.2): what checksums of downloads are.
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Starts with nothing.
  package init() {}

  /// The digest of the file at `path`, in hexadecimal digits.
  ///
  /// - Throws: `FileError.unreadable`.
  package static func digest(ofFile path: String) throws(FileError) -> String {
    var digest = SHA256()
    do {
      let file = try OpenFile(path: path)
      while case let piece = try file.read(upTo: 1 << 20), !piece.isEmpty { digest.add(piece) }
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    return digest.finish()
  }

  /// Takes the next bytes into account.
  package mutating func add(_ data: Data) {
    byteCount += UInt64(data.count)
    pending.append(contentsOf: data)
    let whole = pending.count / 64 * 64
    for start in stride(from: 0, to: whole, by: 64) { compress(start) }
    pending.removeFirst(whole)
  }

  /// The digest of all that was added, in hexadecimal digits.
  package mutating func finish() -> String {
    let bitCount = byteCount * 8
    pending.append(0x80)
    while pending.count % 64 != 56 { pending.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      pending.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
    }
    for start in stride(from: 0, to: pending.count, by: 64) { compress(start) }
    pending = []
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Takes the block of 64 bytes that starts at `start` of what is pending.
  private mutating func compress(_ start: Int) {
    var words = [UInt32](repeating: 0, count: 64)
    for index in 0..<16 {
      for offset in 0..<4 {
        words[index] = words[index] << 8 | UInt32(pending[start + 4 * index + offset])
      }
    }
    for index in 16..<64 {
      let (a, b) = (words[index - 15], words[index - 2])
      words[index] =
        words[index - 16] &+ (Self.rotate(a, 7) ^ Self.rotate(a, 18) ^ a >> 3)
        &+ words[index - 7] &+ (Self.rotate(b, 17) ^ Self.rotate(b, 19) ^ b >> 10)
    }
    var h = state
    for index in 0..<64 {
      let first =
        h[7] &+ (Self.rotate(h[4], 6) ^ Self.rotate(h[4], 11) ^ Self.rotate(h[4], 25))
        &+ (h[4] & h[5] ^ ~h[4] & h[6]) &+ Self.constants[index] &+ words[index]
      let second =
        (Self.rotate(h[0], 2) ^ Self.rotate(h[0], 13) ^ Self.rotate(h[0], 22))
        &+ (h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2])
      h = [first &+ second, h[0], h[1], h[2], h[3] &+ first, h[4], h[5], h[6]]
    }
    for index in 0..<8 { state[index] &+= h[index] }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < 64 {
      if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map { prime in
      // The cube root in units of 2^-32, by bisection of whole numbers in 128 bits.
      var low: UInt64 = 0
      var high: UInt64 = 8 << 32
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if isCubeAtMost(middle, UInt64(prime)) { low = middle } else { high = middle }
      }
      return UInt32(truncatingIfNeeded: low)
    }
  }()

  /// Whether (root / 2^32)³ is `number` at most.
  private static func isCubeAtMost(_ root: UInt64, _ number: UInt64) -> Bool {
    let square = UInt128(root) * UInt128(root)
    // root³ ≤ number · 2^96, compared without overflow: root² ≤ number · 2^96 / root.
    return square <= (UInt128(number) << 96) / UInt128(max(root, 1))
  }
}
