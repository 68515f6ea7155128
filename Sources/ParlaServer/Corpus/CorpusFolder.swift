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
  /// Messages for the server's log.
  let notes: [String]
  private let contents: Mutex<CorpusContents>
  private let tableProblem = Mutex<String?>(nil)
  private let lock: FolderLock?
  private let calls: FileCalls

  /// A recording of a sentence.
  struct Clip: Codable, Sendable, Equatable {
    let number: Int
    private(set) var transcript: String
    var speaker: String
    let seconds: Double
    let byteCount: Int
    /// Whether somebody listened to it and approved it; nil if nobody has.
    var isAccepted: Bool?
    /// The sentence it was recorded for, where that is no longer its transcript.
    private var prompt: String?

    init(number: Int, transcript: String, speaker: String, seconds: Double, byteCount: Int) {
      self.number = number
      self.transcript = transcript
      self.speaker = speaker
      self.seconds = seconds
      self.byteCount = byteCount
    }

    /// Takes what was really said, and keeps the sentence it was recorded for.
    mutating func correct(_ text: String) {
      let sentence = prompt ?? transcript
      transcript = text
      prompt = text == sentence ? nil : sentence
    }

    /// The sentence of a list to which it belongs: the one it was recorded for, or where the list lacks that, its transcript.
    func sentence(isListed: (String) -> Bool) -> String {
      guard let prompt, isListed(prompt) else { return transcript }
      return prompt
    }
  }

  /// Opens the corpus in `path`, or begins one there.
  ///
  /// - Throws: `FileError`, `ServerError.damagedCorpus`, `.newerCorpus`, and `CorpusError` for a damaged table where nothing else
  ///   says what was recorded.
  init(path: String, calls: FileCalls = .system) throws {
    self.path = path
    self.calls = calls
    let folder = path.appendingName("clips")
    try makeFolder(folder)
    lock = try FolderLock(folder: path)
    let file = path.appendingName(Self.list)
    let table = path.appendingName(Self.table)
    var found: CorpusContents
    if FileManager.default.fileExists(atPath: file) {
      found = try CorpusContents(reading: file)
      notes = []
    } else {
      found = try CorpusContents(recoveringFrom: table) { Self.soundPath(path, $0) }
      let count = found.clips.count
      notes =
        count == 0
        ? []
        : [
          "\(file) is not there: \(count) recordings are taken from \(Self.table). Save the sentences again."
        ]
    }
    // No recording is ever written over, whatever became of the list.
    let numbers = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
      Int($0.withoutExtension).flatMap { CorpusContents.numbers.contains($0) ? $0 : nil }
    }
    found.lastNumber = max(
      found.lastNumber, numbers.max() ?? 0, found.clips.map(\.number).max() ?? 0)
    contents = Mutex(found)
    // The last writer may have been killed before it wrote the table.
    if !found.clips.isEmpty { writeTable(found.clips) }
  }

  private static let list = "corpus.json"
  private static let table = "clips.csv"

  /// What is there now.
  var snapshot: CorpusContents { contents.withLock { $0 } }

  /// Why the table lacks the latest changes; nil if it is up to date.
  var warning: String? { tableProblem.withLock { $0 } }

  /// Takes other prompts; recordings of those before stay.
  func setPrompts(_ prompts: [String]) throws {
    try change { $0.prompts = prompts }
  }

  /// Keeps a recording of `transcript`, or nothing of it.
  ///
  /// - Throws: `AudioError`, `FileError`.
  func add(_ sound: Waveform, transcript: String, speaker: String) throws -> Clip {
    let number = contents.withLock { contents in
      contents.lastNumber += 1
      return contents.lastNumber
    }
    let file = soundPath(number)
    do {
      try AudioFile.write(sound, to: file, calls: calls)
      let clip = Clip(
        number: number, transcript: transcript, speaker: speaker, seconds: sound.duration,
        byteCount: FileStatus(file)?.byteCount ?? 0)
      try change { $0.clips.append(clip) }
      return clip
    } catch {
      try? FileManager.default.removeItem(atPath: file)
      throw error
    }
  }

  /// Changes what is said of a recording, and returns it; nil where there is none with that number.
  func edit(_ number: Int, _ edit: (inout Clip) -> Void) throws -> Clip? {
    var edited: Clip?
    try change { contents in
      guard let index = contents.clips.firstIndex(where: { $0.number == number }) else { return }
      edit(&contents.clips[index])
      edited = contents.clips[index]
    }
    return edited
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

  private func soundPath(_ number: Int) -> String { Self.soundPath(path, number) }

  private static func soundPath(_ folder: String, _ number: Int) -> String {
    folder.appendingName("clips/\(number).flac")
  }

  /// Writes the changes before they are reported.
  ///
  /// The list alone decides: once it is written, a table that cannot be is no reason to have the client try again.
  private func change(_ body: (inout CorpusContents) -> Void) throws {
    try contents.withLock { contents in
      var changed = contents
      body(&changed)
      try AtomicFile.write(changed.data, to: path.appendingName(Self.list), calls: calls)
      contents = changed
      writeTable(changed.clips)
    }
  }

  private func writeTable(_ clips: [Clip]) {
    var problem: String?
    do { try write(clips, to: Self.table) } catch { problem = "\(error)" }
    tableProblem.withLock { $0 = problem }
  }

  private func write(
    _ clips: [Clip], to name: String, spelled: (String) -> String = { $0 }
  ) throws {
    let samples = clips.filter { $0.isAccepted != false }.map { clip in
      Sample(
        audioPath: soundPath(clip.number), fileSize: clip.byteCount,
        transcript: spelled(clip.transcript),
        speaker: clip.speaker.isEmpty ? nil : clip.speaker)
    }
    try Manifest.write(samples, to: path.appendingName(name))
  }

  /// Writes train.csv, dev.csv and test.csv with `spelled` transcripts; what is too little to be divided is in all of them.
  func writeParts(spelled: (String) -> String = { $0 }) throws -> (train: Int, dev: Int) {
    let clips = snapshot.clips.filter {
      $0.isAccepted != false && !spelled($0.transcript).isEmpty
    }
    var parts: [SentenceSplit.Part: [Clip]] = [:]
    for clip in clips {
      parts[SentenceSplit.standard.part(of: clip.transcript), default: []].append(clip)
    }
    let (train, dev, test) = (parts[.train] ?? [], parts[.dev] ?? [], parts[.test] ?? [])
    let isEnough = train.count >= 4 && !dev.isEmpty && !test.isEmpty
    try write(isEnough ? train : clips, to: "train.csv", spelled: spelled)
    try write(isEnough ? dev : clips, to: "dev.csv", spelled: spelled)
    try write(isEnough ? test : clips, to: "test.csv", spelled: spelled)
    return (isEnough ? train.count : clips.count, isEnough ? dev.count : clips.count)
  }
}
