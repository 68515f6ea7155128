import Foundation
import ParlaFiles

/// What is at a path: the names in a folder, or the first bytes of a file, unpacked if it is compressed.
struct PathLook {
  let isFolder: Bool
  let names: [String]
  let head: [UInt8]
  /// Whether the file is compressed.
  let isPacked: Bool

  private static let length = 1 << 16

  /// - Throws: `FileError.unreadable`.
  init(_ path: String) throws(FileError) {
    isFolder = FileKind(path) == .folder
    if !isFolder, try FileContent.kind(path) == .pipe {
      throw .unreadable(
        path: path, reason: "it is a pipe, and a corpus is read several times, expected a file")
    }
    do {
      guard !isFolder else {
        names = try FileManager.default.contentsOfDirectory(atPath: path)
          .filter { !$0.hasPrefix(".") }.sorted()
        head = []
        isPacked = false
        return
      }
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      names = []
      let start = try handle.read(upToCount: Self.length) ?? Data()
      guard let compression = Compression(magic: start),
        let step = try Decompressor(compression)?.step(start)
      else {
        head = Array(start)
        isPacked = false
        return
      }
      head = Array(step.data)
      isPacked = true
    } catch let problem as Decompressor.Problem {
      throw .unreadable(path: path, reason: "the packed data \(problem.reason)")
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }
}

extension FileContent {
  /// Opens the file at `path` for reading; pipes are refused.
  ///
  /// - Throws: `FileError.unreadable`.
  static func handle(_ path: String) throws(FileError) -> FileHandle {
    try checkIsFile(path)
    do { return try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }
}

/// Text files of corpora, read whole.
enum CorpusText {
  /// No list of a corpus is larger when it is unpacked.
  private static let limit = 1 << 33

  /// The content of the file at `path`, unpacked if it is compressed.
  ///
  /// - Throws: `CorpusError.file`.
  static func content(_ path: String) throws(CorpusError) -> Data {
    let data: Data
    do { data = try FileContent.ofFile(path) } catch { throw .file(error) }
    guard let compression = Compression(magic: data) else { return data }
    do { return try Decompressor.unpacked(data, compression, limit: limit) } catch {
      throw .file(
        .unreadable(path: path, reason: "the \(compression.name) data \(error.reason)"))
    }
  }

  /// A line of a text with its number, counted from 1.
  struct Line {
    let number: Int
    let text: String

    /// The text before the first blank, and the text after it.
    var parts: (first: String, rest: String) {
      let words = text.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 2 else { return (words.first.map(String.init) ?? "", "") }
      return (String(words[0]), words[1].trimmingCharacters(in: .whitespaces))
    }
  }

  /// The lines of the file at `path` that are not blank.
  ///
  /// - Throws: `CorpusError.file`, `.notUTF8`.
  static func lines(_ path: String) throws(CorpusError) -> [Line] {
    var lines: [Line] = []
    let parts = try content(path).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in parts.enumerated() {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .notUTF8(path: path, line: index + 1)
      }
      let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
      if !trimmed.isEmpty { lines.append(Line(number: index + 1, text: trimmed)) }
    }
    return lines
  }
}

extension String {
  /// The UTF-8 of names that must not be taken for each other where only their Unicode composition differs, as `String` does.
  var bytes: [UInt8] { Array(utf8) }

  /// The recording at this path as a list in `folder` names it: from the root, or under that folder.
  func resolved(in folder: String) -> String {
    hasPrefix("/") || hasPrefix("file:") || WebMirror.isAddress(self) || folder.isEmpty
      ? self : folder.appendingName(self)
  }

  /// The same in lists whose paths begin in the folder from which programs are started.
  func resolvedFromWorkingFolder(or folder: String) -> String {
    hasPrefix("/") || WebMirror.isAddress(self)
      || FileManager.default.fileExists(atPath: SoundPlace.file(of: self))
      ? self : resolved(in: folder)
  }
}
