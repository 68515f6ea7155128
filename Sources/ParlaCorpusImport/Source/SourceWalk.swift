import Foundation
import ParlaCorpus
import ParlaFiles

/// Goes through the files of a source: the plain ones, and the members of archives, archives in archives included.
struct SourceWalk: Sendable {
  /// Is called for each member: its path in the tree, its size (0 if unknown), and the archive, from which it can be read now.
  typealias Visitor = (String, Int, ArchiveReader) throws(ImportError) -> Void

  private let root: String
  private let excluded: String?

  /// Walks through the folder or archive at `root`, except for `excluded`.
  ///
  /// A source inside the excluded folder itself, such as downloaded archives, is still searched.
  init(root: String, excluding excluded: String?) {
    self.root = root
    let excluded = excluded.map(absolutePath)
    self.excluded = excluded.flatMap { absolutePath(root).hasPrefix($0 + "/") ? nil : $0 }
  }

  /// The files on the disk that are not archives.
  ///
  /// - Throws: `ImportError.noSource`.
  func plainFiles() throws(ImportError) -> SourceFiles {
    try listing { !SourceFile.isArchive($0) }
  }

  /// Visits all members of all archives, those of one archive in their order.
  ///
  /// - Throws: `ImportError.noSource`, `.archiveBroken`, `.memberOutside`, or what `visit` throws.
  func visitArchives(_ visit: Visitor) throws(ImportError) {
    for file in try listing(where: SourceFile.isArchive) {
      guard let plainPath = file.plainPath else { continue }
      let archive = try ArchiveReader(path: plainPath)
      try members(of: archive, at: file.path, shown: plainPath, depth: 1, visit)
    }
  }

  /// How many archives may be in each other; an archive can be made that contains itself.
  private static let depthLimit = 8

  private func members(
    of archive: ArchiveReader, at path: String, shown: String, depth: Int, _ visit: Visitor
  ) throws(ImportError) {
    while let member = try archive.next() {
      guard member.isFile, !Self.isHidden(member.name) else { continue }
      let memberPath = path.folderPath.appendingName(member.name)
      if SourceFile.isArchive(memberPath) {
        guard depth < Self.depthLimit else {
          throw .archivesTooDeep(path: shown, member: member.name, limit: Self.depthLimit)
        }
        let shown = "\(shown)/\(member.name)"
        let inner = try ArchiveReader(in: archive, path: shown)
        try members(of: inner, at: memberPath, shown: shown, depth: depth + 1, visit)
      } else {
        try visit(memberPath, member.byteCount ?? 0, archive)
      }
    }
  }

  /// The files on the disk of which `isWanted` is true for the path, sorted.
  private func listing(where isWanted: (String) -> Bool) throws(ImportError) -> SourceFiles {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
      throw .noSource(path: root)
    }
    var files = SourceFiles()
    guard isFolder.boolValue else {
      if isWanted(root.fileName) { files.append(file(root.fileName, in: root.folderPath)) }
      return files
    }
    let folder = absolutePath(root)
    let names = names()
    for position in names.positionsByOrder() {
      let name = names[Int(position)]
      let path = folder.appendingName(name)
      switch FileKind(path) {
      case nil where path.isMisread: throw .nameIsNoText(path: path)
      case .regular where isWanted(name): files.append(file(name, in: folder))
      default: continue
      }
    }
    return files
  }

  /// What lies in the folder and is no file.
  func specialFiles() -> [SpecialFile] {
    guard FileKind(root) == .folder else { return [] }
    let folder = absolutePath(root)
    let names = names()
    return names.positionsByOrder().compactMap {
      SpecialFile(folder.appendingName(names[Int($0)]))
    }
  }

  /// The names of all that lies in the folder.
  private func names() -> PackedStrings {
    let folder = absolutePath(root)
    let prefix = folder.appendingName("")
    // What is excluded lies below it, or it is not the folder's.
    let excluded = excluded.flatMap {
      $0.hasPrefix(prefix) ? $0.dropFirst(prefix.count) + "/" : nil
    }
    // By the folder's real place: a link as the root would not be entered.
    let real = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
    var names = PackedStrings()
    guard let entries = FileManager.default.enumerator(atPath: real) else { return names }
    while let name = entries.nextObject() as? String {
      if !Self.isHidden(name), excluded.map({ !name.hasPrefix($0) }) ?? true { names.append(name) }
    }
    return names
  }

  private func file(_ name: String, in folder: String) -> SourceFile {
    SourceFile(
      path: name, byteCount: FileStamp(path: folder.appendingName(name))?.byteCount ?? 0,
      folder: folder)
  }

  /// Whether the path leads through something that systems leave behind: `.DS_Store`, `._a.wav`, `__MACOSX`.
  private static func isHidden(_ path: String) -> Bool {
    path.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
  }
}
