import Foundation
import ParlaFiles

/// Unpacks archives (tar, zip or 7z, compressed or not).
package enum ArchiveUnpacking {
  /// Writes the files of the archive at `path` into `folder`, and returns where they are.
  ///
  /// A link to a file of the archive becomes a copy of it, other links are left out. A member that points outside of the archive is
  /// refused before anything of it is written.
  /// - Throws: `ImportError.archiveBroken`, `.memberOutside`, `.file`.
  package static func unpack(_ path: String, into folder: String) throws(ImportError) -> [String] {
    // An archive that is damaged or dishonest in its last member is refused as a whole.
    let check = try ArchiveReader(path: path)
    while let member = try check.next() {
      if case .outside? = member.link {
        throw .memberOutside(archive: path, member: member.name)
      }
    }
    let archive = try ArchiveReader(path: path)
    var files: [String] = []
    var links: [(target: String, original: String)] = []
    while let member = try archive.next() {
      let target = folder.appendingName(member.name)
      if case .inside(let name)? = member.link {
        links.append((target, folder.appendingName(name)))
      }
      guard member.isFile, !member.name.isEmpty else { continue }
      try makeFolder(of: target)
      try archive.copy(to: target)
      files.append(target)
    }
    let known = Set(files)
    for (target, original) in links where known.contains(original) && !known.contains(target) {
      try makeFolder(of: target)
      try? FileManager.default.removeItem(atPath: target)
      do { try FileManager.default.copyItem(atPath: original, toPath: target) } catch {
        throw .file(.unwritable(path: target, reason: systemReason(error)))
      }
      files.append(target)
    }
    return files
  }

  private static func makeFolder(of path: String) throws(ImportError) {
    let folder = path.folderPath
    if !folder.isEmpty { try ParlaCorpusImport.makeFolder(folder) }
  }
}
