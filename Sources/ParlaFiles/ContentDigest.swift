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

  /// A name for what is at `path`: the content of a file, or the names, sizes and, where they are small, contents of a folder's files.
  ///
  /// - Throws: `FileError.unreadable`.
  package init(of path: String) throws(FileError) {
    guard FileStatus(path)?.isFolder == true else {
      try add(contentOf: path)
      return
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names.sorted() where !name.hasPrefix(".") {
      let file = path.appendingName(name)
      guard FileKind(file) == .regular, let size = FileStatus(file)?.byteCount else { continue }
      add(Data("\(name) \(size)".utf8))
      if size <= Self.pieceLength { try add(contentOf: file) }
    }
  }

  private static let pieceLength = 1 << 20

  private mutating func add(contentOf path: String) throws(FileError) {
    let memory = try FixedMemory(mapping: path)
    for start in stride(from: 0, to: memory.count, by: Self.pieceLength) {
      let count = min(Self.pieceLength, memory.count - start)
      add(unsafe Data(bytes: memory.pointer + start, count: count))
    }
  }

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
