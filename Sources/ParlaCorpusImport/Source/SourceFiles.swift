import ParlaFiles

/// The files of a corpus: their paths lie in one block of memory, since there may be millions of them.
struct SourceFiles: Sendable, RandomAccessCollection {
  private var paths = PackedStrings()
  private var byteCounts: [Int] = []
  private var arePlain: [Bool] = []
  /// The folder of all files that are not in archives.
  private var folder: String?

  var startIndex: Int { 0 }
  var endIndex: Int { byteCounts.count }

  subscript(_ position: Int) -> SourceFile {
    SourceFile(
      path: paths[position], byteCount: byteCounts[position],
      folder: arePlain[position] ? folder : nil)
  }

  /// The bytes of the path of the file at `position`.
  func path(_ position: Int) -> ArraySlice<UInt8> { paths.utf8(position) }

  /// The bytes of the path after its last slash.
  func name(_ position: Int) -> ArraySlice<UInt8> {
    let path = path(position)
    return path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex)...]
  }

  /// Adds `file` at the end; all that are not in archives are in the same folder.
  mutating func append(_ file: SourceFile) {
    paths.append(file.path)
    byteCounts.append(file.byteCount)
    arePlain.append(file.folder != nil)
    folder = folder ?? file.folder
  }

  /// The files in the order of their paths' bytes; of several with the same path the first.
  func sorted() -> SourceFiles {
    let isSorted = indices.dropFirst().allSatisfy {
      path($0 - 1).lexicographicallyPrecedes(path($0))
    }
    // Paths that are composed otherwise are the same too.
    if isSorted, paths.isASCII { return self }
    var repeated: Set<Int32> = []
    if !paths.isASCII {
      var seen: Set<String> = []
      for (position, path) in paths.enumerated()
      where !path.utf8.allSatisfy({ $0 < 0x80 }) && !seen.insert(path).inserted {
        repeated.insert(Int32(position))
      }
    }
    var sorted = SourceFiles()
    for position in paths.positionsByBytes() where !repeated.contains(position) {
      let path = path(Int(position))
      if let last = sorted.indices.last, sorted.path(last) == path { continue }
      sorted.append(self[Int(position)])
    }
    return sorted
  }

  /// The positions of the files in the order of their names' bytes.
  func positionsByName() -> [Int32] {
    indices.map { Int32($0) }.sorted { left, right in
      let (one, other) = (name(Int(left)), name(Int(right)))
      return one == other ? left < right : one.lexicographicallyPrecedes(other)
    }
  }
}
