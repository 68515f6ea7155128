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
  private let stream: ArchiveStream?
  private var memberName: String?
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)

  /// Opens the archive at `path`.
  ///
  /// - Throws: `ImportError.archiveBroken`, `.file`.
  convenience init(path: String) throws(ImportError) {
    if let stream = try ArchiveStream.packed(path) {
      unsafe try self.init(path, Self.state(of: stream, isRaw: false), stream)
    } else {
      unsafe try self.init(path, parla_archive_open(path), nil)
    }
  }

  /// Opens the archive that is the current member of `outer`, which must stay there until this one is read; `path` names it.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  convenience init(in outer: ArchiveReader, path: String) throws(ImportError) {
    let stream = try ArchiveStream(path) { _ throws(ImportError) in
      try outer.nextPiece().map { Data($0) } ?? Data()
    }
    unsafe try self.init(path, Self.state(of: stream, isRaw: false), stream)
  }

  /// Undoes the compression of `stream`, which no `Decompressor` knows; `read(into:)` gives what was packed.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  convenience init(unpacking stream: ArchiveStream) throws(ImportError) {
    unsafe try self.init(stream.path, Self.state(of: stream, isRaw: true), stream)
    guard unsafe parla_archive_next(state) != PARLA_ARCHIVE_FAILED else { throw failure() }
  }

  private init(
    _ path: String, _ state: OpaquePointer?, _ stream: ArchiveStream?
  ) throws(ImportError) {
    guard let state = unsafe state else {
      throw .archiveBroken(path: path, member: nil, reason: "not enough memory")
    }
    self.path = path
    self.stream = stream
    unsafe self.state = state
    guard unsafe parla_archive_error(state) == nil else { throw failure() }
  }

  /// The stream lives as long as the reader that holds both.
  private static func state(of stream: ArchiveStream, isRaw: Bool) -> OpaquePointer? {
    unsafe parla_archive_open_stream(
      { context, bytes, count in
        guard let context = unsafe context else { return -1 }
        let stream = unsafe Unmanaged<ArchiveStream>.fromOpaque(context).takeUnretainedValue()
        return unsafe Int64(stream.fill(UnsafeMutableRawBufferPointer(start: bytes, count: count)))
      }, Unmanaged.passUnretained(stream).toOpaque(), isRaw ? 1 : 0)
  }

  deinit { unsafe parla_archive_close(state) }

  /// The next member; nil at the end, when all checksums of what was packed have been found right.
  ///
  /// - Throws: `ImportError.archiveBroken`, `.memberOutside`.
  func next() throws(ImportError) -> Member? {
    switch unsafe parla_archive_next(state) {
    case PARLA_ARCHIVE_END:
      memberName = nil
      try stream?.drain()
      return nil
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
      memberName = name
      let size = unsafe parla_archive_entry_size(state)
      let parts = words.filter { $0 != "." }
      return Member(
        name: parts.joined(separator: "/"),
        byteCount: size < 0 ? nil : Int(size),
        isFile: unsafe parla_archive_entry_is_file(state) != 0,
        link: link(from: parts.dropLast().map(String.init)))
    default: throw failure()
    }
  }

  /// Whether each member has a checksum of its own, which is looked at where the member is read.
  var membersHaveChecksums: Bool { unsafe parla_archive_has_checksums(state) != 0 }

  /// Reads the current member for its checksum; says how many bytes it has.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  func check() throws(ImportError) -> Int {
    var count = 0
    while let piece = try nextPiece() { count += piece.count }
    return count
  }

  /// The target of the current member's link; the member is in `folder`.
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

  /// The current member's content; nil if it has more than `limit` bytes.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  func contents(limit: Int = .max) throws(ImportError) -> Data? {
    var content = Data()
    while let piece = try nextPiece() {
      guard content.count + piece.count <= limit else { return nil }
      content.append(contentsOf: piece)
    }
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
    guard count >= 0 else { throw failure() }
    return count == 0 ? nil : buffer[..<count]
  }

  /// Fills `buffer` with the current member's next bytes, and says how many there are.
  ///
  /// - Throws: `ImportError.archiveBroken`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImportError) -> Int {
    let count = unsafe Int(parla_archive_read(state, buffer.baseAddress, buffer.count))
    guard count >= 0 else { throw failure() }
    return count
  }

  private func failure() -> ImportError {
    switch stream?.failure {
    case .archiveBroken(path, nil, let reason):
      return .archiveBroken(path: path, member: memberName, reason: reason)
    case let problem?: return problem
    case nil: break
    }
    let words = unsafe parla_archive_error(state).map { unsafe String(cString: $0) }
    return .archiveBroken(path: path, member: memberName, reason: words ?? "it ends too early")
  }
}
