import Foundation
import ParlaFiles

/// The folders that a training writes to, which no other one writes to at the same time.
///
/// They are made when it starts, so that an unwritable one is an error before any work; those that stay empty are removed at its end.
final class TrainingFolders {
  private var locks: [FolderLock] = []
  private var made: [String] = []

  /// Makes and locks the folders at `paths`; of one whose name is made of counts, the name before they are known.
  ///
  /// - Throws: `KurError.file`, with the owner of a folder that is in use.
  init(_ paths: [String]) throws(KurError) {
    var known: Set<String> = []
    for path in paths {
      do throws(FileError) {
        if let name = Self.template(path) {
          if !name.folderPath.isEmpty { try make(name.folderPath) }
          guard known.insert(Self.real(name.folderPath) + "/" + name.fileName).inserted else {
            continue
          }
          if let lock = try FolderLock(file: name) { locks.append(lock) }
        } else {
          try make(path)
          guard known.insert(Self.real(path)).inserted else { continue }
          if let lock = try FolderLock(folder: path) { locks.append(lock) }
        }
      } catch { throw .file(error) }
    }
  }

  deinit {
    locks = []
    for path in made.reversed() { unsafe rmdir(path) }
  }

  /// `path` up to the first name in it that counts are put into; nil where there is none.
  private static func template(_ path: String) -> String? {
    guard let start = path.range(of: "${") else { return nil }
    let end = path[start.lowerBound...].firstIndex(of: "/") ?? path.endIndex
    return String(path[..<end])
  }

  private static func real(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  private func make(_ path: String) throws(FileError) {
    var missing: [String] = []
    var place = path
    while !place.isEmpty, place != "/", !FileManager.default.fileExists(atPath: place) {
      missing.append(place)
      place = place.folderPath
    }
    try makeFolder(path)
    made += missing.reversed()
  }
}
