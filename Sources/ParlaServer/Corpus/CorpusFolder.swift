import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import Synchronization

/// A corpus that grows in a folder: prompts, recordings of them as FLAC, and CSVs that `parla train` reads.
///
///     folder/corpus.json       prompts and clips
///     folder/clips/1.flac …    recordings
///     folder/clips.csv         those that are accepted, with their transcripts
///     folder/train.csv …       the same, divided by sentence
///
/// Each recording is whole on disk before it is counted, so that a power cut loses the present one at most.
final class CorpusFolder: Sendable {
  let path: String
  private let contents: Mutex<Contents>
  private let lock: FolderLock?

  /// A recording of a sentence.
  struct Clip: Codable, Sendable, Equatable {
    let number: Int
    var transcript: String
    var speaker: String
    let seconds: Double
    let byteCount: Int
    /// Whether somebody listened to it and approved it; nil if nobody has.
    var isAccepted: Bool?
  }

  /// All that the folder holds, but sound.
  struct Contents: Codable, Sendable {
    var prompts: [String] = []
    var clips: [Clip] = []
    var lastNumber = 0
  }

  /// Opens the corpus in `path`, or begins one there.
  ///
  /// - Throws: `FileError`.
  init(path: String) throws {
    self.path = path
    let folder = path.appendingName("clips")
    try makeFolder(folder)
    lock = try FolderLock(folder: path)
    let file = path.appendingName("corpus.json")
    var found = Contents()
    if FileManager.default.fileExists(atPath: file) {
      do {
        found = try JSONDecoder().decode(
          Contents.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
      } catch {
        throw FileError.unreadable(path: file, reason: "it is no corpus of this program: \(error)")
      }
    }
    contents = Mutex(found)
    // The last writer may have been killed before it wrote the table.
    if !found.clips.isEmpty { try write(found.clips, to: Self.table) }
  }

  private static let table = "clips.csv"

  /// What is there now.
  var snapshot: Contents { contents.withLock { $0 } }

  /// Takes other prompts; recordings of those before stay.
  func setPrompts(_ prompts: [String]) throws {
    try change { $0.prompts = prompts }
  }

  /// Keeps a recording of `transcript`.
  ///
  /// - Throws: `AudioError` for what is no sound, `FileError`.
  func add(_ sound: Waveform, transcript: String, speaker: String) throws -> Clip {
    let number = contents.withLock { contents in
      contents.lastNumber += 1
      return contents.lastNumber
    }
    let file = soundPath(number)
    try AudioFile.write(sound, to: file)
    let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    let clip = Clip(
      number: number, transcript: transcript, speaker: speaker, seconds: sound.duration,
      byteCount: size,
      isAccepted: nil)
    try change { $0.clips.append(clip) }
    return clip
  }

  /// Changes what is said of a recording; false where there is none with that number.
  func edit(_ number: Int, _ edit: (inout Clip) -> Void) throws -> Bool {
    var isThere = false
    try change { contents in
      guard let index = contents.clips.firstIndex(where: { $0.number == number }) else { return }
      isThere = true
      edit(&contents.clips[index])
    }
    return isThere
  }

  /// Removes a recording; false where there is none with that number.
  func remove(_ number: Int) throws -> Bool {
    var isThere = false
    try change { contents in
      isThere = contents.clips.contains { $0.number == number }
      contents.clips.removeAll { $0.number == number }
    }
    if isThere { try? FileManager.default.removeItem(atPath: soundPath(number)) }
    return isThere
  }

  /// Where the recording is; nil where there is none with that number.
  func sound(_ number: Int) -> String? {
    contents.withLock { $0.clips.contains { $0.number == number } } ? soundPath(number) : nil
  }

  private func soundPath(_ number: Int) -> String { path.appendingName("clips/\(number).flac") }

  /// Writes the changes before they are reported.
  private func change(_ body: (inout Contents) -> Void) throws {
    try contents.withLock { contents in
      var changed = contents
      body(&changed)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(encoder.encode(changed), to: path.appendingName("corpus.json"))
      try write(changed.clips, to: Self.table)
      contents = changed
    }
  }

  private func write(_ clips: [Clip], to name: String) throws {
    let samples = clips.filter { $0.isAccepted != false }.map { clip in
      Sample(
        audioPath: soundPath(clip.number), fileSize: clip.byteCount, transcript: clip.transcript,
        speaker: clip.speaker.isEmpty ? nil : clip.speaker)
    }
    try Manifest.write(samples, to: path.appendingName(name))
  }

  /// Writes train.csv, dev.csv and test.csv; what is too little to be divided is in all of them.
  func writeParts() throws -> (train: Int, dev: Int) {
    let clips = snapshot.clips.filter { $0.isAccepted != false }
    var parts: [SentenceSplit.Part: [Clip]] = [:]
    for clip in clips {
      parts[SentenceSplit.standard.part(of: clip.transcript), default: []].append(clip)
    }
    let (train, dev, test) = (parts[.train] ?? [], parts[.dev] ?? [], parts[.test] ?? [])
    let isEnough = train.count >= 4 && !dev.isEmpty && !test.isEmpty
    try write(isEnough ? train : clips, to: "train.csv")
    try write(isEnough ? dev : clips, to: "dev.csv")
    try write(isEnough ? test : clips, to: "test.csv")
    return (isEnough ? train.count : clips.count, isEnough ? dev.count : clips.count)
  }
}
