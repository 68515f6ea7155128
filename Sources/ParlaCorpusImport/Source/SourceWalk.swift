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
  func plainFiles() throws(ImportError) -> [SourceFile] {
    try listing().filter { !SourceFile.isArchive($0.path) }
  }

  /// Visits all members of all archives, those of one archive in their order.
  ///
  /// - Throws: `ImportError.noSource`, `.archiveBroken`, `.memberOutside`, or what `visit` throws.
  func visitArchives(_ visit: Visitor) throws(ImportError) {
    for file in try listing() where SourceFile.isArchive(file.path) {
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

  private func listing() throws(ImportError) -> [SourceFile] {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
      throw .noSource(path: root)
    }
    guard isFolder.boolValue else {
      return [file(root.fileName, in: root.folderPath)]
    }
    let folder = absolutePath(root)
    var files: [SourceFile] = []
    for name in names() {
      let path = folder.appendingName(name)
      switch FileKind(path) {
      case nil where path.isMisread: throw .nameIsNoText(path: path)
      case .regular: files.append(file(name, in: folder))
      default: continue
      }
    }
    return files
  }

  /// What lies in the folder and is no file.
  func specialFiles() -> [SpecialFile] {
    guard FileKind(root) == .folder else { return [] }
    let folder = absolutePath(root)
    return names().compactMap { SpecialFile(folder.appendingName($0)) }
  }

  /// The names of all that lies in the folder, sorted.
  private func names() -> [String] {
    let folder = absolutePath(root)
    let prefix = folder.appendingName("")
    // What is excluded lies below it, or it is not the folder's.
    let excluded = excluded.flatMap {
      $0.hasPrefix(prefix) ? $0.dropFirst(prefix.count) + "/" : nil
    }
    // By the folder's real place: a link as the root would not be entered.
    let real = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
    guard let entries = FileManager.default.enumerator(atPath: real) else { return [] }
    var names: [String] = []
    while let name = entries.nextObject() as? String {
      if !Self.isHidden(name), excluded.map({ !name.hasPrefix($0) }) ?? true { names.append(name) }
    }
    return names.sorted()
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
