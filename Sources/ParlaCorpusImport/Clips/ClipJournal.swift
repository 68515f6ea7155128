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

  /// What was known when it was opened.
  private(set) var entries: [String: Entry] = [:]
  private let handle: FileHandle
  private let path: String

  /// Opens the journal in `folder`, or starts one where there is none that was written with `settings`.
  ///
  /// - Throws: `ImportError.file`.
  init(folder: String, settings: Settings) throws(ImportError) {
    path = "\(folder)/journal.jsonl"
    var lines = (FileManager.default.contents(atPath: path) ?? Data()).split(separator: 0x0A)[...]
    let decoder = JSONDecoder()
    var kept = Data()
    if let first = lines.popFirst(),
      (try? decoder.decode(Settings.self, from: first)) == settings
    {
      for line in lines {
        guard let entry = try? decoder.decode(Entry.self, from: line) else { continue }
        entries[entry.name] = entry
        kept += line + [0x0A]
      }
    }
    do {
      // Rewritten, so that a line that was cut short has no other behind it.
      try AtomicFile.write(try JSONEncoder().encode(settings) + [0x0A] + kept, to: path)
      handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try handle.seekToEnd()
    } catch let error as FileError {
      throw .file(error)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }

  /// Forgets what was known.
  mutating func forget() { entries = [:] }

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
