import Foundation
import ParlaCorpus
import ParlaFiles

/// The files of a corpus as if all its archives were unpacked in place.
///
/// Names and sizes of all files are known; texts inside archives are loaded too. Recordings are read later, when
/// it is known which are needed.
package struct SourceTree: Sendable {
  /// What the tree was made from: a folder, or one archive.
  let root: String

  /// All files, in the order of their paths' bytes.
  let files: [SourceFile]

  /// What lies in the folder and is no file; it is left out.
  let leftOut: [SpecialFile]

  private let positions: [String: Int]
  private let held: [String: Data]
  private let namesByFile: [String: [String]]

  /// Looks through the folder or archive at `root`, without what is in `excluded`; recordings in archives are read for their
  /// checksums if that `isThorough`.
  ///
  /// - Throws: `ImportError.noSource`, `.archiveBroken`, `.memberOutside`, `.file`.
  package init(
    _ root: String, excluding excluded: String? = nil, isThorough: Bool = false
  ) throws(ImportError) {
    var found: [SourceFile] = []
    var held: [String: Data] = [:]
    let walk = SourceWalk(root: root, excluding: excluded)
    for file in try walk.plainFiles() { found.append(file) }
    try walk.visitArchives { path, byteCount, archive throws(ImportError) in
      var byteCount = byteCount
      if SourceFile.isText(path) {
        let content = try archive.contents()
        held[path] = content
        byteCount = content.count
      } else if isThorough, archive.membersHaveChecksums {
        byteCount = try archive.check()
      }
      found.append(SourceFile(path: path, byteCount: byteCount, plainPath: nil))
    }
    self.init(root: root, files: found, held: held, leftOut: walk.specialFiles())
  }

  /// Makes a tree of `files`, of which those before count where a path stands twice.
  init(
    root: String, files: [SourceFile], held: [String: Data], leftOut: [SpecialFile] = []
  ) {
    self.root = root
    self.leftOut = leftOut
    self.held = held
    var seen: Set<String> = []
    let files = files.filter { seen.insert($0.path).inserted }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    self.files = files
    positions = Dictionary(
      uniqueKeysWithValues: files.enumerated().map { ($0.element.path, $0.offset) })
    namesByFile = Dictionary(grouping: files.map(\.path)) { $0.fileName }
  }

  // MARK: Finding

  /// The file at `path`, as it is written or composed otherwise; nil if there is none.
  func file(_ path: String) -> SourceFile? {
    for spelling in [
      path, path.precomposedStringWithCanonicalMapping, path.decomposedStringWithCanonicalMapping,
    ] {
      if let position = positions[spelling] { return files[position] }
    }
    return nil
  }

  /// Whether there is a file at `path`.
  func has(_ path: String) -> Bool { file(path) != nil }

  /// The paths of the files called `name`.
  func paths(named name: String) -> [String] { namesByFile[name] ?? [] }

  /// The paths that end in one of `endings`, whatever the case of letters.
  func paths(ending endings: String...) -> [String] {
    files.map(\.path).filter { path in
      let path = path.lowercased()
      return endings.contains { path.hasSuffix($0) }
    }
  }

  /// The recording at `path`, which may lack its ending or have another one: what was converted is preferred to what
  /// cannot be read.
  func recording(_ path: String) -> String? {
    let named = file(path)?.path
    if let named, SourceFile.isSound(named) { return named }
    for ending in SourceFile.soundEndings {
      for base in [path, path.withoutExtension] {
        if let file = file("\(base).\(ending)") { return file.path }
        if let file = file("\(base).\(ending.uppercased())") { return file.path }
      }
    }
    return named
  }

  // MARK: Reading

  /// The content of the text file at `path`.
  ///
  /// - Throws: `ImportError.file`.
  func contents(_ path: String) throws(ImportError) -> Data {
    if let data = held[path] { return data }
    let plainPath = file(path)?.plainPath ?? "\(root)/\(path)"
    do { return try FileContent.ofFile(plainPath) } catch { throw .file(error) }
  }
}

/// A file of a corpus.
struct SourceFile: Sendable, Equatable {
  /// Its path in the tree.
  let path: String
  /// Its size, 0 where an archive does not say it.
  let byteCount: Int
  /// Its path on the disk; nil if it is in an archive.
  let plainPath: String?

  /// The endings of sound files.
  static let soundEndings = [
    "wav", "flac", "mp3", "opus", "ogg", "sph", "oga", "aiff", "aif", "au", "caf", "w64", "g722",
    "nist", "snd", "wv1", "wv2",
  ]

  private static let soundEndingSet = Set(soundEndings)

  /// Whether the path is that of a sound file.
  static func isSound(_ path: String) -> Bool { soundEndingSet.contains(path.ending) }

  private static let textEndings: Set<String> = [
    "txt", "tsv", "csv", "json", "jsonl", "stm", "xml", "swc", "lst", "list", "lab", "trn", "trs",
    "text", "psv", "md", "trans", "metadata", "tab", "",
  ]

  /// Whether the path is that of a text.
  static func isText(_ path: String) -> Bool { textEndings.contains(path.ending) }

  private static let archiveEndings = [
    ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip", ".7z",
    ".tbz", ".tar.lzma",
  ]

  /// Whether the path is that of an archive.
  static func isArchive(_ path: String) -> Bool {
    let path = path.lowercased()
    return archiveEndings.contains { path.hasSuffix($0) }
  }
}

extension String {
  /// The extension of the file's name, in lower case; empty if there is none.
  var ending: String { fileExtension.lowercased() }
}
