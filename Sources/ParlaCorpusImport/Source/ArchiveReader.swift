import CArchives
import Foundation
import ParlaAudio
import ParlaFiles

/// Reads an archive (tar, zip or 7z, compressed or not) member by member, from front to back.
@safe final class ArchiveReader {
  /// A member of an archive.
  struct Member {
    /// Its path in the archive.
    let name: String
    /// Its size in bytes, if the archive says it before the member.
    let byteCount: Int?
    /// Whether it is a file, not a folder or a link.
    let isFile: Bool
    /// Where it links to, as a path in the archive; nil for no link.
    let link: Link?

    /// What a link points to.
    enum Link {
      /// A path in the archive.
      case inside(String)
      /// Somewhere else on the machine.
      case outside
    }
  }

  private let path: String
  private let state: OpaquePointer
  private let outer: ArchiveReader?
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)

  /// Opens the archive at `path`.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  convenience init(path: String) throws(ImportError) {
    unsafe try self.init(path, parla_archive_open(path), nil)
  }

  /// Opens the archive that is the current member of `outer`, which must stay there until this one is read; `path` names it.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  convenience init(in outer: ArchiveReader, path: String) throws(ImportError) {
    unsafe try self.init(path, parla_archive_open_entry(outer.state), outer)
  }

  private init(_ path: String, _ state: OpaquePointer?, _ outer: ArchiveReader?) throws(ImportError)
  {
    guard let state = unsafe state else {
      throw .archiveBroken(path: path, reason: "not enough memory")
    }
    self.path = path
    self.outer = outer
    unsafe self.state = state
    try check()
  }

  deinit { unsafe parla_archive_close(state) }

  /// The next member; nil at the end.
  ///
  /// - Throws: `ImportError.archiveBroken`, `.memberOutside`.
  func next() throws(ImportError) -> Member? {
    switch unsafe parla_archive_next(state) {
    case PARLA_ARCHIVE_END: return nil
    case PARLA_ARCHIVE_ENTRY:
      let name = unsafe String(cString: parla_archive_entry_name(state))
      let words = name.split(separator: "/")
      guard !name.hasPrefix("/"), !words.contains(".."), !name.contains("\\..") else {
        throw .memberOutside(archive: path, member: name)
      }
      // Two such names could look alike, and one recording would take the place of another.
      guard !name.isMisread || !AudioFile.isSoundExtension(name.fileExtension) else {
        throw .nameIsNoText(path: path.appendingName(name))
      }
      let size = unsafe parla_archive_entry_size(state)
      let parts = words.filter { $0 != "." }
      return Member(
        name: parts.joined(separator: "/"),
        byteCount: size < 0 ? nil : Int(size),
        isFile: unsafe parla_archive_entry_is_file(state) != 0,
        link: link(from: parts.dropLast().map(String.init)))
    default:
      try check()
      throw .archiveBroken(path: path, reason: "it ends too early")
    }
  }

  /// Where the current member, which stands in `folder`, links to.
  private func link(from folder: [String]) -> Member.Link? {
    var isSymbolic: Int32 = 0
    guard let words = unsafe parla_archive_entry_link(state, &isSymbolic) else { return nil }
    let target = unsafe String(cString: words)
    guard !target.hasPrefix("/") else { return .outside }
    var parts = isSymbolic != 0 ? folder : []
    for word in target.split(separator: "/") where word != "." {
      if word != ".." {
        parts.append(String(word))
      } else if parts.popLast() == nil {
        return .outside
      }
    }
    return .inside(parts.joined(separator: "/"))
  }

  /// The current member's content.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  func contents() throws(ImportError) -> Data {
    var content = Data()
    while let piece = try nextPiece() { content.append(contentsOf: piece) }
    return content
  }

  /// Writes the current member's content to `target`.
  ///
  /// - Throws: `ImportError.archiveBroken`, `.file`.
  func copy(to target: String) throws(ImportError) {
    let descriptor = unsafe open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .file(.unwritable(path: target, reason: systemReason(errno)))
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    while let piece = try nextPiece() {
      do { try handle.write(contentsOf: Data(piece)) } catch {
        throw .file(.unwritable(path: target, reason: systemReason(error)))
      }
    }
  }

  private func nextPiece() throws(ImportError) -> ArraySlice<UInt8>? {
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe Int(parla_archive_read(state, bytes.baseAddress, bytes.count))
    }
    guard count != 0 else { return nil }
    try check()
    return buffer[..<count]
  }

  private func check() throws(ImportError) {
    guard let words = unsafe parla_archive_error(state) else { return }
    throw .archiveBroken(path: path, reason: unsafe String(cString: words))
  }
}
