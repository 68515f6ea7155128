import ParlaFiles
import ParlaPlatform

/// Which recordings the transcripts in a folder are of, so that no recording is taken for another of its name.
struct TranscriptIndex {
  /// A recording as it was when its transcript was asked for.
  struct Origin: Codable, Equatable {
    /// Its path from the root, without links.
    let path: String
    /// Its bytes.
    let size: Int?

    init(_ path: String) {
      self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      size = Self.size(self.path)
    }

    /// Whether `other` is this recording, perhaps moved; what comes out of a pipe is never the same.
    func isSame(as other: Origin) -> Bool {
      guard FileKind(other.path) == .regular else { return false }
      return path == other.path
        || size == other.size && !FileManager.default.fileExists(atPath: path)
    }

    private static func size(_ path: String) -> Int? {
      FileStatus(link: path)?.byteCount
    }
  }

  private let path: String
  private let folder: String
  private var origins: [String: Origin]

  /// Reads the index of the transcripts in `folder`; an empty one where none is.
  ///
  /// - Throws: `RecognitionError.damagedIndex`, `FileError.unreadable`.
  init(folder: String) throws {
    self.folder = folder
    path = folder.appendingName(".parla-recordings.json")
    guard FileManager.default.fileExists(atPath: path) else {
      origins = [:]
      return
    }
    let data = try FileContent.ofFile(path)
    do { origins = try JSONDecoder().decode([String: Origin].self, from: data) } catch {
      throw RecognitionError.damagedIndex(path: path)
    }
  }

  /// Notes that the transcripts with these names below the folder are of these recordings, before any is written.
  ///
  /// - Throws: `RecognitionError.otherRecording` for a transcript that is there and of another recording, unless it may be replaced;
  ///   `FileError.unwritable`.
  mutating func claim(_ recordings: [(name: String, path: String)], replaces: Bool) throws {
    let before = origins
    for (name, recording) in recordings {
      let origin = Origin(recording)
      let transcript = folder.appendingName(name)
      if let known = origins[name], !replaces, !known.isSame(as: origin),
        FileManager.default.fileExists(atPath: transcript)
      {
        throw RecognitionError.otherRecording(
          transcript: transcript, found: known.path, expected: recording)
      }
      origins[name] = origin
    }
    guard origins != before else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(origins), to: path)
  }
}
