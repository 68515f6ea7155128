import Foundation
import ParlaCorpus
import ParlaFiles

/// What is known of the clips in a folder, written while they are made: an import that was killed continues there.
///
/// A line of JSON a clip; the first line says how clips are made. A line that was cut short is the last one and is ignored.
struct ClipJournal {
  /// How clips are made; another journal is of no use.
  struct Settings: Codable, Equatable {
    var version = 1
    let source: String
    let form: AudioForm
    let sampleRate: Int
  }

  /// What came of one clip.
  struct Entry: Codable {
    let name: String
    /// The sizes and times of the recordings when it was made.
    let stamp: String
    var clip: Clip?
    var reason: LeftOutReason?
    var detail: String?
  }

  private let handle: FileHandle
  private let path: String

  /// Opens the journal in `folder`, or starts one where there is none that was written with `settings`; `take` gets what is known, of
  /// a clip that was made again the last at the end.
  ///
  /// - Throws: `ImportError.file`.
  init(
    folder: String, settings: Settings, _ take: (Entry) -> Void
  ) throws(ImportError) {
    path = "\(folder)/journal.jsonl"
    do {
      // Rewritten, so that a line that was cut short has no other behind it.
      let old = try? OpenFile(path: path)
      try AtomicFile.write(to: path) { file in
        try file.append(try JSONEncoder().encode(settings) + [0x0A])
        if let old { try Self.copy(old, settings, to: &file, take) }
      }
      handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try handle.seekToEnd()
    } catch let error as FileError {
      throw .file(error)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }

  /// Copies the whole lines of the journal `old` to `file` if it was written with `settings`.
  private static func copy(
    _ old: OpenFile, _ settings: Settings, to file: inout PendingFile, _ take: (Entry) -> Void
  ) throws {
    let decoder = JSONDecoder()
    var rest = Data()
    var isFirst = true
    var isLast = false
    while !isLast {
      let piece = (try? old.read(upTo: pieceLength)) ?? Data()
      isLast = piece.isEmpty
      rest += piece
      let end = isLast ? rest.endIndex : rest.lastIndex(of: 0x0A) ?? rest.startIndex
      var kept = Data()
      for line in rest[..<end].split(separator: 0x0A) {
        if isFirst {
          guard (try? decoder.decode(Settings.self, from: line)) == settings else { return }
          isFirst = false
        } else if let entry = try? decoder.decode(Entry.self, from: line) {
          take(entry)
          kept += line + [0x0A]
        }
      }
      try file.append(kept)
      rest = Data(rest[end...])
    }
  }

  private static let pieceLength = 1 << 18

  /// Adds `new` entries.
  ///
  /// - Throws: `ImportError.file`.
  func append(_ new: [Entry]) throws(ImportError) {
    do {
      var lines = Data()
      for entry in new { lines += try JSONEncoder().encode(entry) + [0x0A] }
      try handle.write(contentsOf: lines)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }
}
