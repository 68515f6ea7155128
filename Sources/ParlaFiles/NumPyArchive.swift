public import ParlaPlatform

/// Named arrays in NumPy's `.npz` format: a zip archive with a `.npy` file for each.
///
/// Format: `numpy/lib/npyio.py`; PKWARE's APPNOTE 6.3. Read are stored and deflated members, of zip64 too; written are stored ones.
public struct NumPyArchive: Sendable, Equatable {
  /// The arrays in the order of the archive.
  public var arrays: [Member]

  /// An array and its name.
  public struct Member: Sendable, Equatable {
    /// The name, without `.npy`.
    public let name: String
    /// The numbers.
    public let array: NumPyArray

    /// Names `array`.
    public init(name: String, array: NumPyArray) {
      self.name = name
      self.array = array
    }
  }

  /// Collects `arrays`.
  public init(_ arrays: [Member]) { self.arrays = arrays }

  /// The array `name`, if there is one.
  public subscript(name: String) -> NumPyArray? { arrays.first { $0.name == name }?.array }

  /// Reads the `.npz` file at `path`.
  ///
  /// - Throws: `FileError.unreadable`, `.notNumPyArchive`.
  public init(path: String) throws(FileError) {
    try FileContent.checkIsFile(path)
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    try self.init(data: data, path: path)
  }

  /// Reads `data` in `.npz` format; `path` is for messages.
  ///
  /// - Throws: `FileError.notNumPyArchive`.
  public init(data: Data, path: String) throws(FileError) {
    arrays = []
    for entry in try ZipDirectory(data, path: path).entries {
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      let content = try entry.content(of: data, path)
      let array: NumPyArray
      do { array = try NumPyArray(data: content, path: "\(path): \(name)") } catch {
        guard case .notNumPy(let place, let found, let expected) = error else { throw error }
        throw .notNumPyArchive(path: place, found: found, expected: expected)
      }
      arrays.append(Member(name: name, array: array))
    }
  }

  /// Writes the arrays to `path`.
  ///
  /// - Throws: `FileError.unwritable`.
  public func write(to path: String) throws {
    var members: [(entry: ZipEntry, data: Data)] = []
    for member in arrays {
      let data = member.array.encoded
      guard data.count < Int(UInt32.max) else {
        throw FileError.unwritable(path: path, reason: "\(member.name) has 4 GB or more")
      }
      members.append(
        (ZipEntry(name: member.name + ".npy", checksum: crc32(of: data), size: data.count), data))
    }
    try AtomicFile.write(to: path) { file in
      var offset = 0
      for index in members.indices {
        members[index].entry.offset = offset
        let header = members[index].entry.localHeader
        try file.append(header)
        try file.append(members[index].data)
        offset += header.count + members[index].data.count
      }
      guard offset < Int(UInt32.max) else {
        throw FileError.unwritable(path: path, reason: "the arrays together have 4 GB or more")
      }
      let directory = members.map(\.entry.directoryHeader).reduce(Data(), +)
      try file.append(directory)
      try file.append(ZipEntry.end(count: members.count, size: directory.count, offset: offset))
    }
  }
}

/// What a zip archive says of one of its members.
private struct ZipEntry {
  let name: String
  var method = 0
  let checksum: UInt32
  var storedSize: Int
  let size: Int
  var offset = 0

  init(name: String, checksum: UInt32, size: Int) {
    (self.name, self.checksum, self.size, storedSize) = (name, checksum, size, size)
  }

  // MARK: Writing

  /// What local and central headers share, from the version on.
  private var common: Data {
    var data = Data()
    // Version 2.0, names in UTF-8, stored, at the beginning of 1980.
    for number in [20, 0x800, 0, 0, 0x21] { data.append(UInt64(number), bytes: 2) }
    data.append(UInt64(checksum), bytes: 4)
    data.append(UInt64(storedSize), bytes: 4)
    data.append(UInt64(size), bytes: 4)
    data.append(UInt64(name.utf8.count), bytes: 2)
    data.append(0, bytes: 2)
    return data
  }

  var localHeader: Data {
    var data = Data([0x50, 0x4b, 3, 4])
    data.append(common)
    data.append(contentsOf: name.utf8)
    return data
  }

  var directoryHeader: Data {
    var data = Data([0x50, 0x4b, 1, 2, 20, 0])
    data.append(common)
    data.append(Data(repeating: 0, count: 10))
    data.append(UInt64(offset), bytes: 4)
    data.append(contentsOf: name.utf8)
    return data
  }

  static func end(count: Int, size: Int, offset: Int) -> Data {
    var data = Data([0x50, 0x4b, 5, 6, 0, 0, 0, 0])
    data.append(UInt64(count), bytes: 2)
    data.append(UInt64(count), bytes: 2)
    data.append(UInt64(size), bytes: 4)
    data.append(UInt64(offset), bytes: 4)
    data.append(0, bytes: 2)
    return data
  }

  // MARK: Reading

  /// Where the member's bytes are.
  func storedRange(in archive: Data, _ path: String) throws(FileError) -> Range<Int> {
    let bytes = ZipBytes(archive, path: path)
    let nameLength = try bytes.number(offset + 26, 2)
    let start = offset + 30 + nameLength + (try bytes.number(offset + 28, 2))
    guard storedSize >= 0, start <= archive.count - storedSize else {
      throw bytes.failure("an archive cut short", "a whole one")
    }
    return start..<start + storedSize
  }

  func content(of archive: Data, _ path: String) throws(FileError) -> Data {
    let bytes = ZipBytes(archive, path: path)
    let range = try storedRange(in: archive, path)
    let stored = try bytes.part(range.lowerBound, range.count)
    let content: Data
    switch method {
    case 0: content = stored
    case 8:
      do { content = try Decompressor.unpacked(stored, .deflate, limit: size) } catch {
        throw bytes.failure("\(name), which \(error.reason)", "a whole member")
      }
    default: throw bytes.failure("\(name), packed by method \(method)", "numpy.savez's archive")
    }
    guard content.count == size, crc32(of: content) == checksum else {
      throw bytes.failure("\(name) with other bytes than its checksum says", "a whole archive")
    }
    return content
  }
}

/// The directory at a zip archive's end.
package struct ZipDirectory {
  fileprivate private(set) var entries: [ZipEntry] = []

  /// Where the bytes of members are that stand in `archive` as they are, by name.
  ///
  /// - Throws: `FileError.notNumPy`.
  package func storedRanges(in archive: Data) throws(FileError) -> [String: Range<Int>] {
    var ranges: [String: Range<Int>] = [:]
    for entry in entries where entry.method == 0 {
      ranges[entry.name] = try entry.storedRange(in: archive, path)
    }
    return ranges
  }

  private let path: String

  /// Reads the directory of the archive `data`; `path` is for messages.
  ///
  /// - Throws: `FileError.notNumPy`.
  package init(_ data: Data, path: String) throws(FileError) {
    self.path = path
    let bytes = ZipBytes(data, path: path)
    guard data.starts(with: [0x50, 0x4b]) else {
      throw bytes.failure("other content", "a NumPy .npz file")
    }
    // A comment of at most 64 KiB may follow the end.
    let tail = data.suffix(22 + 0xffff)
    guard let end = tail.lastRange(of: [0x50, 0x4b, 5, 6])?.lowerBound else {
      throw bytes.failure("an archive cut short", "one with its directory")
    }
    var (count, place) = (try bytes.number(end + 10, 2), try bytes.number(end + 16, 4))
    if count == 0xffff || place == 0xffff_ffff {
      let wide = try bytes.number(end - 12, 8)
      (count, place) = (try bytes.number(wide + 32, 8), try bytes.number(wide + 48, 8))
    }
    for _ in 0..<count {
      let (entry, length) = try Self.entry(at: place, bytes)
      entries.append(entry)
      place += length
    }
  }

  private static func entry(
    at place: Int, _ bytes: ZipBytes
  ) throws(FileError) -> (ZipEntry, length: Int) {
    guard try bytes.number(place, 4) == 0x0201_4b50 else {
      throw bytes.failure("a damaged directory", "a whole archive")
    }
    var sizes = [
      try bytes.number(place + 24, 4), try bytes.number(place + 20, 4),
      try bytes.number(place + 42, 4),
    ]
    let nameLength = try bytes.number(place + 28, 2)
    let extraLength = try bytes.number(place + 30, 2)
    var extra = place + 46 + nameLength
    let extraEnd = extra + extraLength
    while extra + 4 <= extraEnd {
      let (kind, length) = (try bytes.number(extra, 2), try bytes.number(extra + 2, 2))
      if kind == 1 {
        var field = extra + 4
        for index in sizes.indices where sizes[index] == 0xffff_ffff {
          sizes[index] = try bytes.number(field, 8)
          field += 8
        }
      }
      extra += 4 + length
    }
    guard sizes[0] < 1 << 40 else { throw bytes.failure("\(sizes[0]) bytes", "a sane size") }
    let name = String(decoding: try bytes.part(place + 46, nameLength), as: UTF8.self)
    var entry = ZipEntry(
      name: name, checksum: UInt32(try bytes.number(place + 16, 4)), size: sizes[0])
    entry.method = try bytes.number(place + 10, 2)
    entry.storedSize = sizes[1]
    entry.offset = sizes[2]
    return (entry, extraEnd - place + (try bytes.number(place + 32, 2)))
  }
}

/// Little-endian numbers in an archive's bytes.
private struct ZipBytes {
  private let data: Data
  private let path: String

  init(_ data: Data, path: String) { (self.data, self.path) = (data, path) }

  func failure(_ found: String, _ expected: String) -> FileError {
    .notNumPyArchive(path: path, found: found, expected: expected)
  }

  func part(_ start: Int, _ length: Int) throws(FileError) -> Data {
    guard start >= 0, length >= 0, start <= data.count, length <= data.count - start else {
      throw failure("an archive cut short", "a whole one")
    }
    return data.dropFirst(start).prefix(length)
  }

  func number(_ start: Int, _ length: Int) throws(FileError) -> Int {
    let value = try part(start, length).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw failure("\(value)", "a sane number") }
    return number
  }
}

extension Data {
  /// Appends the lowest `bytes` bytes of `number`, the lowest first.
  fileprivate mutating func append(_ number: UInt64, bytes: Int) {
    for index in 0..<bytes { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
  }

  /// The last position of `pattern`.
  fileprivate func lastRange(of pattern: [UInt8]) -> Range<Int>? {
    guard count >= pattern.count else { return nil }
    for start in stride(from: endIndex - pattern.count, through: startIndex, by: -1)
    where self[start...].starts(with: pattern) {
      return start..<start + pattern.count
    }
    return nil
  }
}
