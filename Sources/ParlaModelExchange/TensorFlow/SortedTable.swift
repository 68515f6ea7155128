import Foundation
import ParlaAcousticModel

/// A sorted table of LevelDB's format, as TensorFlow writes a checkpoint's index.
///
/// Format: google/leveldb, `doc/table_format.md`: blocks of entries whose keys share prefixes, an index of the blocks, and a
/// footer of 48 bytes. Every block is followed by its compression and its masked checksum.
struct SortedTable {
  /// The entries in the order of the file.
  private(set) var entries: [(key: String, value: Data)] = []

  private let bytes: ModelBytes
  private let checksum: CRC32C

  /// Reads the table in `bytes`.
  ///
  /// - Throws: `ModelError.notAModel`, `.cutOff`, `.damaged`.
  init(_ bytes: ModelBytes, checksum: CRC32C) throws(ModelError) {
    self.bytes = bytes
    self.checksum = checksum
    guard bytes.count >= Self.footerLength,
      try bytes.integer(UInt64.self, at: bytes.count - 8) == Self.magic
    else {
      throw .notAModel(path: bytes.path, found: "\(bytes.count) bytes without a table's end")
    }
    var footer = Cursor(
      data: try bytes.data(bytes.count - Self.footerLength..<bytes.count - 8), path: bytes.path)
    _ = try footer.handle()  // of the filters, of which there are none
    let index = try block(try footer.handle())
    var blockBytes = 0
    for (_, value) in index {
      var cursor = Cursor(data: value, path: bytes.path)
      let place = try cursor.handle()
      blockBytes += place.count
      guard blockBytes <= bytes.count else { throw damaged("its blocks are larger than the file") }
      for (key, value) in try block(place) {
        entries.append((String(decoding: key, as: UTF8.self), value))
      }
    }
  }

  private static let footerLength = 48
  private static let longestKey = 4096
  /// How many times as large as its block the keys may be that it spells out; TensorFlow's are about three times.
  private static let mostSharing = 16
  private static let magic: UInt64 = 0xdb47_7524_8b80_fb57

  /// The entries of the block at `place`.
  private func block(_ place: Range<Int>) throws(ModelError) -> [(key: Data, value: Data)] {
    try bytes.check(place.lowerBound..<place.upperBound + 5)
    let found = try unsafe bytes.withBytes(place.lowerBound..<place.upperBound + 1) {
      unsafe CRC32C.masked(checksum($0))
    }
    guard found == (try bytes.integer(UInt32.self, at: place.upperBound + 1)) else {
      throw damaged("the checksum of the block at \(place.lowerBound) is not the recorded one")
    }
    guard bytes[place.upperBound] == 0 else {
      throw damaged("the block at \(place.lowerBound) is compressed, which TensorFlow never does")
    }
    guard place.count >= 4 else { throw damaged("a block of \(place.count) bytes") }
    let restartCount = Int(try bytes.integer(UInt32.self, at: place.upperBound - 4))
    let end = place.upperBound - 4 - 4 * restartCount
    guard end >= place.lowerBound else { throw damaged("a block with \(restartCount) restarts") }
    var cursor = Cursor(data: try bytes.data(place.lowerBound..<end), path: bytes.path)
    var entries: [(key: Data, value: Data)] = []
    var key = Data()
    var keyBytes = 0
    while !cursor.isAtEnd {
      let (shared, own, length) = (try cursor.length(), try cursor.length(), try cursor.length())
      guard shared <= key.count, shared + own <= Self.longestKey else {
        throw damaged("a key of \(own) bytes shares \(shared) with its neighbour of \(key.count)")
      }
      key = key.prefix(shared) + (try cursor.bytes(own))
      keyBytes += key.count
      guard keyBytes <= Self.mostSharing * place.count else {
        throw damaged("the keys of the block at \(place.lowerBound) are all prefixes")
      }
      entries.append((key, try cursor.bytes(length)))
    }
    return entries
  }

  private func damaged(_ reason: String) -> ModelError {
    .damaged(path: bytes.path, reason: reason)
  }

  /// Reads a block from its start to its end.
  private struct Cursor {
    let data: Data
    let path: String
    private var position = 0

    init(data: Data, path: String) {
      self.data = data
      self.path = path
    }

    var isAtEnd: Bool { position >= data.count }

    /// A number of seven bits a byte, the lowest first.
    mutating func length() throws(ModelError) -> Int {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 63, by: 7) {
        guard !isAtEnd else { break }
        let byte = data[data.startIndex + position]
        position += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 {
          guard value < 1 << 48 else { break }
          return Int(value)
        }
      }
      throw .damaged(path: path, reason: "a number in the table has no end")
    }

    mutating func bytes(_ count: Int) throws(ModelError) -> Data {
      guard count <= data.count - position else {
        throw .damaged(path: path, reason: "an entry reaches beyond its block")
      }
      defer { position += count }
      return data.subdata(in: data.startIndex + position..<data.startIndex + position + count)
    }

    /// Where a block is, without what follows it.
    mutating func handle() throws(ModelError) -> Range<Int> {
      let (offset, size) = (try length(), try length())
      return offset..<offset + size
    }
  }
}
