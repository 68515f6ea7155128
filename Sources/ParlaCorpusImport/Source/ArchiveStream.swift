import Foundation
import ParlaFiles

/// The bytes of an archive from front to back, unpacked where they are packed.
///
/// They are read to their very end, behind the archive's last member: the checksums of what is packed stand there.
@safe final class ArchiveStream {
  /// Gives the next bytes, at most as many as asked for; none at the end.
  typealias Source = (Int) throws(ImportError) -> Data

  /// The archive, for messages.
  let path: String

  private let source: Source
  private let unpacker: Unpacker?
  private var waiting: Data
  private var isAtEnd: Bool
  private var problem: ImportError?

  private static let blockLength = 1 << 17

  /// What undoes a compression.
  private enum Unpacker {
    case decompressor(Decompressor)
    /// Reads what is packed by zstd, from a stream of its own.
    case archive(ArchiveReader)
  }

  /// The stream of the file at `path`; nil where it is not packed.
  ///
  /// - Throws: `ImportError.file`, `.archiveBroken`.
  static func packed(_ path: String) throws(ImportError) -> ArchiveStream? {
    do { try FileContent.checkIsFile(path) } catch { throw .file(error) }
    let file: OpenFile
    do { file = try OpenFile(path: path) } catch { throw .unreadable(path, error) }
    let stream = try ArchiveStream(path) { count throws(ImportError) in
      do throws(SystemFailure) { return try file.read(upTo: count) } catch {
        throw .unreadable(path, error)
      }
    }
    return stream.unpacker == nil ? nil : stream
  }

  /// The stream of the bytes that come from `source`; `path` names it.
  ///
  /// - Throws: what `source` throws, `ImportError.archiveBroken`.
  convenience init(_ path: String, _ source: @escaping Source) throws(ImportError) {
    let first = try source(Self.blockLength)
    var unpacker: Unpacker?
    if let compression = Compression(magic: first) {
      guard let decompressor = Decompressor(compression) else {
        throw .archiveBroken(path: path, member: nil, reason: "not enough memory")
      }
      unpacker = .decompressor(decompressor)
    } else if first.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
      let plain = ArchiveStream(path, first, nil, source)
      unpacker = .archive(try ArchiveReader(unpacking: plain))
    }
    self.init(path, first, unpacker, source)
  }

  private init(_ path: String, _ first: Data, _ unpacker: Unpacker?, _ source: @escaping Source) {
    self.path = path
    self.source = source
    self.unpacker = unpacker
    waiting = first
    isAtEnd = first.isEmpty
  }

  /// Fills `buffer` with the next bytes; says how many there are, 0 at the end and -1 where `failure` says why not.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard problem == nil else { return -1 }
    do { return unsafe try read(into: buffer) } catch {
      problem = error
      return -1
    }
  }

  /// Why the bytes cannot be read; nil while they can.
  var failure: ImportError? { problem }

  /// Reads all that is left.
  ///
  /// - Throws: `ImportError.archiveBroken`, or what the source throws.
  func drain() throws(ImportError) {
    var buffer = [UInt8](repeating: 0, count: Self.blockLength)
    var count = 1
    while count > 0 {
      count = unsafe buffer.withUnsafeMutableBytes { bytes in unsafe fill(bytes) }
    }
    if let problem { throw problem }
  }

  // MARK: Unpacking

  private func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImportError) -> Int {
    switch unpacker {
    case .archive(let reader): return unsafe try reader.read(into: buffer)
    case .decompressor(let decompressor): return unsafe try unpack(decompressor, into: buffer)
    case nil:
      if waiting.isEmpty { try fetch() }
      let count = min(waiting.count, buffer.count)
      unsafe buffer.copyBytes(from: waiting.prefix(count))
      waiting = waiting.dropFirst(count)
      return count
    }
  }

  private func unpack(
    _ decompressor: Decompressor, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ImportError) -> Int {
    func broken(_ problem: Decompressor.Problem) -> ImportError {
      let name = decompressor.compression.name
      return .archiveBroken(path: path, member: nil, reason: "the \(name) data \(problem.reason)")
    }
    while true {
      if waiting.isEmpty { try fetch() }
      let step: (made: Int, used: Int, isWhole: Bool)
      do { step = unsafe try decompressor.step(waiting, into: buffer) } catch {
        throw broken(error)
      }
      waiting = waiting.dropFirst(step.used)
      if step.made > 0 { return step.made }
      if waiting.isEmpty, isAtEnd {
        guard step.isWhole else { throw broken(.endsTooEarly) }
        return 0
      }
      guard step.used > 0 || waiting.isEmpty || step.isWhole else { throw broken(.damaged) }
    }
  }

  private func fetch() throws(ImportError) {
    guard !isAtEnd else { return }
    waiting = try source(Self.blockLength)
    isAtEnd = waiting.isEmpty
  }
}

extension ImportError {
  fileprivate static func unreadable(_ path: String, _ failure: SystemFailure) -> ImportError {
    .file(.unreadable(path: path, reason: systemReason(failure.code)))
  }
}
