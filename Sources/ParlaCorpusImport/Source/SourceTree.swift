import Foundation
import ParlaAudio
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
  let files: SourceFiles

  /// What lies in the folder and is no file; it is left out.
  let leftOut: [SpecialFile]

  private let held: [String: Data]
  /// Positions of files, in the order of their names' bytes.
  private let byName: [Int32]
  /// The endings of its recordings that must be converted first, as they are spelled.
  private let convertibleEndings: [String]

  /// Looks through the folder or archive at `root`, without what is in `excluded`; recordings in archives are read for their
  /// checksums if that `isThorough`, and texts up to `textLimit` bytes are held.
  ///
  /// - Throws: `ImportError.noSource`, `.archiveBroken`, `.archivesTooDeep`, `.memberOutside`, `.file`.
  package init(
    _ root: String, excluding excluded: String? = nil, isThorough: Bool = false,
    textLimit: Int = 1 << 32
  ) throws(ImportError) {
    var held: [String: Data] = [:]
    let walk = SourceWalk(root: root, excluding: excluded)
    var found = try walk.plainFiles()
    try walk.visitArchives { path, byteCount, archive throws(ImportError) in
      var byteCount = byteCount
      if SourceFile.isText(path) {
        // What is larger may have been made to fill the memory.
        if let content = try archive.contents(limit: textLimit) {
          held[path] = content
          byteCount = content.count
        }
      } else if isThorough, archive.membersHaveChecksums {
        byteCount = try archive.check()
      }
      found.append(SourceFile(path: path, byteCount: byteCount))
    }
    self.root = root
    self.leftOut = walk.specialFiles()
    self.held = held
    files = found.sorted()
    let endings = found.lazy.map(\.path).filter(SourceFile.isConvertible).map(\.fileExtension)
    convertibleEndings = Set(endings).sorted()
    byName = files.positionsByName()
  }

  // MARK: Finding

  /// The file at `path`, as it is written or composed otherwise; nil if there is none.
  func file(_ path: String) -> SourceFile? {
    if let file = file(spelled: path) { return file }
    guard !path.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    return file(spelled: path.precomposedStringWithCanonicalMapping)
      ?? file(spelled: path.decomposedStringWithCanonicalMapping)
  }

  private func file(spelled path: String) -> SourceFile? {
    position(spelled: path).map { files[$0] }
  }

  /// The position of the file at `path` as it is written; nil if there is none.
  func position(spelled path: String) -> Int? {
    let position = files.indices.firstPosition {
      !files.path($0).lexicographicallyPrecedes(path.utf8)
    }
    guard position < files.count, files.path(position).elementsEqual(path.utf8) else { return nil }
    return position
  }

  /// Whether there is a file at `path`.
  func has(_ path: String) -> Bool { file(path) != nil }

  /// The paths of the files called `name`.
  func paths(named name: String) -> [String] {
    let start = byName.firstPosition {
      !files.name(Int($0)).lexicographicallyPrecedes(name.utf8)
    }
    return byName[start...].lazy.prefix { files.name(Int($0)).elementsEqual(name.utf8) }
      .map { files[Int($0)].path }
  }

  /// The paths that end in one of `endings`, whatever the case of letters.
  func paths(ending endings: String...) -> [String] {
    files.lazy.map(\.path).filter { path in
      let path = path.lowercased()
      return endings.contains { path.hasSuffix($0) }
    }
  }

  /// The recording at `path`, which may lack its ending or have another one: what was converted is preferred to what
  /// cannot be read.
  func recording(_ path: String) -> String? {
    let named = file(path)?.path
    if let named, SourceFile.isSound(named) { return named }
    let bases = [path, path.withoutExtension]
    for ending in SourceFile.soundEndings {
      for base in bases {
        if let file = file("\(base).\(ending)") { return file.path }
        if let file = file("\(base).\(ending.uppercased())") { return file.path }
      }
    }
    if let named { return named }
    for ending in convertibleEndings {
      for base in bases {
        if let file = file("\(base).\(ending)") { return file.path }
      }
    }
    return nil
  }

  /// The recording called `name` anywhere in the corpus, which may lack its ending or have that of another kind of recording;
  /// nil if there is none.
  func recording(named name: String) -> String? {
    if SourceFile.isSound(name), let path = paths(named: name).first { return path }
    for ending in SourceFile.soundEndings {
      for base in SourceFile.bases(ofName: name) {
        for name in ["\(base).\(ending)", "\(base).\(ending.uppercased())"] {
          if let path = paths(named: name).first { return path }
        }
      }
    }
    return unconverted(named: name)
  }

  /// The recording called `name` that must be converted before it can be read; nil if there is none.
  func unconverted(named name: String) -> String? {
    if SourceFile.isConvertible(name), let path = paths(named: name).first { return path }
    for ending in convertibleEndings {
      for base in SourceFile.bases(ofName: name) {
        if let path = paths(named: "\(base).\(ending)").first { return path }
      }
    }
    return nil
  }

  /// Whether there is a recording that can be read.
  var hasRecordings: Bool { files.contains { SourceFile.isSound($0.path) } }

  /// Whether the source is one recording, not a folder or an archive.
  package var isOneRecording: Bool {
    files.count == 1 && files[0].plainPath != nil && SourceFile.isSound(files[0].path)
      && FileKind(root) == .regular
  }

  /// That there are no recordings, and what there is.
  package var lackOfRecordings: ImportError {
    .noRecordings(
      source: root, others: Dictionary(grouping: files) { $0.path.ending }.mapValues(\.count))
  }

  // MARK: Reading

  /// The content of the text file at `path`.
  ///
  /// - Throws: `ImportError.file`, `.textTooLarge`.
  func contents(_ path: String) throws(ImportError) -> Data {
    if let data = held[path] { return data }
    let file = file(path)
    if let file, file.plainPath == nil { throw .textTooLarge(path: "\(root)/\(path)") }
    let plainPath = file?.plainPath ?? "\(root)/\(path)"
    do { return try FileContent.ofFile(plainPath) } catch { throw .file(error) }
  }
}

/// A file of a corpus.
struct SourceFile: Sendable, Equatable {
  /// Its path in the tree.
  let path: String
  /// Its size, 0 where an archive does not say it.
  let byteCount: Int
  /// The folder on the disk to which the path is relative; nil if the file is in an archive.
  var folder: String?

  /// Its path on the disk; nil if it is in an archive.
  var plainPath: String? { folder?.appendingName(path) }

  /// The endings of sound files.
  static let soundEndings = [
    "wav", "flac", "mp3", "opus", "ogg", "sph", "oga", "aiff", "aif", "au", "caf", "w64", "g722",
    "nist", "snd", "wv1", "wv2",
  ]

  /// The endings of sound and films that other programs convert; WebM may hold what Parla does not read.
  static let convertible = AudioFile.convertibleExtensions.union(["webm", "weba", "mka"])

  /// Whether the path is that of a recording that must be converted first.
  static func isConvertible(_ path: String) -> Bool { convertible.contains(path.ending) }

  /// How recordings that end in `ending` are converted.
  static func conversionAdvice(_ ending: String) -> String {
    "Convert them first: for f in *.\(ending); do ffmpeg -i \"$f\" \"${f%.\(ending)}.wav\"; done"
  }

  /// What a recording may be called before another ending where a table calls it `name`.
  fileprivate static func bases(ofName name: String) -> [String] {
    isSound(name) || isConvertible(name) ? [name, name.withoutExtension] : [name]
  }

  /// The endings of archives that are not read, and of single compressed files.
  static let otherArchives: Set<String> = ["rar", "gz", "bz2", "xz", "zst", "iso", "dmg"]

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

extension RandomAccessCollection where Index == Int {
  /// The position of the first element that is `far` enough, as all are that follow it.
  func firstPosition(where far: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if far(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension String {
  /// The extension of the file's name, in lower case; empty if there is none.
  var ending: String { fileExtension.lowercased() }
}
