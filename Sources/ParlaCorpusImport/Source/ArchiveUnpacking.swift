import Foundation
import ParlaFiles

/// Unpacks archives (tar, zip or 7z, compressed or not).
package enum ArchiveUnpacking {
  /// Writes the files of the archive at `path` into `folder`, and returns where they are.
  ///
  /// Links are left out, and a member that points outside of the archive is refused before anything of it is written.
  /// - Throws: `ImportError.archiveBroken`, `.memberOutside`, `.file`.
  package static func unpack(_ path: String, into folder: String) throws(ImportError) -> [String] {
    // An archive that is damaged or dishonest in its last member is refused as a whole.
    let check = try ArchiveReader(path: path)
    while try check.next() != nil {}
    let archive = try ArchiveReader(path: path)
    var files: [String] = []
    while let member = try archive.next() {
      guard member.isFile, !member.name.isEmpty else { continue }
      let target = folder.appendingName(member.name)
      let parent = target.folderPath
      do {
        if !parent.isEmpty {
          try FileManager.default.createDirectory(
            atPath: parent, withIntermediateDirectories: true)
        }
      } catch {
        throw .file(.unwritable(path: parent, reason: systemReason(error)))
      }
      try archive.copy(to: target)
      files.append(target)
    }
    return files
  }
}
