import Foundation
import ParlaFiles

/// Unpacks archives (tar, zip or 7z, compressed or not).
package enum ArchiveUnpacking {
  /// Writes the files of the archive at `path` into `folder`, and returns where they are: all of them, or none.
  ///
  /// A link to a file of the archive becomes a copy of it, other links are left out.
  /// - Throws: `ImportError.archiveBroken`, `.memberOutside`, `.file`.
  package static func unpack(_ path: String, into folder: String) throws(ImportError) -> [String] {
    let isNew = FileKind(folder) == nil
    do {
      try ParlaCorpusImport.makeFolder(folder)
      return try unpackBeside(path, folder)
    } catch {
      // It stays where something else has come into it.
      if isNew { _ = unsafe rmdir(folder) }
      throw error
    }
  }

  /// Unpacks into a folder in `folder`, from where the files are moved to their places when all are whole.
  private static func unpackBeside(
    _ path: String, _ folder: String
  ) throws(ImportError) -> [String] {
    let place = folder.appendingName(".\(path.fileName.prefix(50)).unpacking")
    let lock: FolderLock?
    let temporary: TemporaryFolder
    do {
      lock = try FolderLock(file: place)
      temporary = try TemporaryFolder(path: place)
    } catch { throw .file(error) }
    defer { withExtendedLifetime((lock, temporary)) {} }
    let names = try members(of: path, into: place)
    var made: [String] = []
    do throws(ImportError) {
      for name in names {
        let target = folder.appendingName(name)
        try makeFolder(of: target)
        let isThere = FileStatus(link: target) != nil
        guard unsafe rename(place.appendingName(name), target) == 0 else {
          throw .file(.unwritable(path: target, reason: systemReason(errno)))
        }
        if !isThere { made.append(target) }
      }
    } catch {
      for target in made { unsafe unlink(target) }
      throw error
    }
    return names.map { folder.appendingName($0) }
  }

  /// Writes the files of the archive at `path` into `folder`, and returns their names in it.
  private static func members(
    of path: String, into folder: String
  ) throws(ImportError) -> [String] {
    let archive = try ArchiveReader(path: path)
    var names: [String] = []
    var links: [(name: String, original: String)] = []
    var known: Set<String> = []
    while let member = try archive.next() {
      switch member.link {
      case .inside(let original)?: links.append((member.name, original))
      case .outside?: throw .memberOutside(archive: path, member: member.name)
      case nil: break
      }
      guard member.isFile, !member.name.isEmpty else { continue }
      let target = folder.appendingName(member.name)
      try makeFolder(of: target)
      try archive.copy(to: target)
      if known.insert(member.name).inserted { names.append(member.name) }
    }
    for (name, original) in links where known.contains(original) && !known.contains(name) {
      let target = folder.appendingName(name)
      try makeFolder(of: target)
      try? FileManager.default.removeItem(atPath: target)
      do {
        try FileManager.default.copyItem(
          atPath: folder.appendingName(original), toPath: target)
      } catch {
        throw .file(.unwritable(path: target, reason: systemReason(error)))
      }
      names.append(name)
    }
    return names
  }

  private static func makeFolder(of path: String) throws(ImportError) {
    let folder = path.folderPath
    if !folder.isEmpty { try ParlaCorpusImport.makeFolder(folder) }
  }
}
