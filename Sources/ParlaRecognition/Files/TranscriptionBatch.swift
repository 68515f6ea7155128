import Dispatch
import Foundation
import ParlaFiles
public import ParlaTranscripts
import Synchronization

/// Writes down many recordings, several at a time.
///
/// With an output folder, each recording's transcript is a file of its own there, which appears whole or
/// not at all, and what is there already is not done again: a run that was stopped goes on. A recording
/// that cannot be read does not keep the others from being heard.
public struct TranscriptionBatch: Sendable {
  /// What became of a recording.
  public enum Outcome: Sendable {
    /// It was heard.
    case heard(TranscribedFile)
    /// Its transcript was there, and is newer than the recording.
    case alreadyThere
    /// It could not be heard, or its transcript not be written; the words say why.
    case failed(String)
    /// Somebody asked for the end before its turn.
    case notReached
  }

  /// What writes down a recording.
  public var transcriber: RecordingTranscriber

  /// The form of the files in the output folder.
  public var format: TranscriptFormat

  /// Where transcripts are written; nil for nowhere.
  public var outputFolder: String?

  /// The file of the only recording's transcript, in place of one in the output folder; nil for none.
  public var outputFile: String?

  /// Whether transcripts that are there are written anew.
  public var overwrites: Bool

  /// How many recordings, or pieces of recordings, are heard at the same time.
  public var threadCount: Int

  /// Writes down what `transcriber` hears.
  public init(
    _ transcriber: RecordingTranscriber, format: TranscriptFormat = .text,
    outputFolder: String? = nil, overwrites: Bool = false, threadCount: Int = 1
  ) {
    self.transcriber = transcriber
    self.format = format
    self.outputFolder = outputFolder
    self.overwrites = overwrites
    self.threadCount = threadCount
  }

  /// Hears `recordings`, and tells of each in order as soon as those before it are done.
  ///
  /// `isStopped` is asked before each few recordings that are heard together, and leaves out the rest when it says so. `tell` gets a
  /// recording's index and outcome, from one thread at a time.
  public func run(
    _ recordings: [RecordingList.Recording], isStopped: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (Int, Outcome) -> Void
  ) {
    let jobs = jobs(for: recordings)
    let workerCount = min(max(1, threadCount), max(1, jobs.count))
    var transcriber = transcriber
    transcriber.threadCount = max(1, threadCount / workerCount)
    let next = Atomic(0)
    let waiting = Mutex(Waiting())
    DispatchQueue.concurrentPerform(iterations: workerCount) { [transcriber] _ in
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < jobs.count else { return }
        let job = jobs[number]
        let outcomes =
          isStopped()
          ? job.map { _ in .notReached } : outcomes(of: recordings[job], transcriber: transcriber)
        waiting.withLock { waiting in
          for (index, outcome) in zip(job, outcomes) { waiting.add(outcome, at: index, tell) }
        }
      }
    }
  }

  /// Recordings that are heard together: a few short ones, which take little memory, or a long one.
  private func jobs(for recordings: [RecordingList.Recording]) -> [Range<Int>] {
    let fairShare = (recordings.count + max(1, threadCount) - 1) / max(1, threadCount)
    let largest = min(PieceListener.largestGroup, fairShare)
    var jobs: [Range<Int>] = []
    var isOpen = false
    for (index, recording) in recordings.enumerated() {
      let isShort = isShort(recording)
      if isOpen, isShort, let last = jobs.last, last.count < largest {
        jobs[jobs.count - 1] = last.lowerBound..<index + 1
      } else {
        jobs.append(index..<index + 1)
      }
      isOpen = isShort
    }
    return jobs
  }

  /// A megabyte of sound is a minute or less of it, where it is not compressed much.
  private func isShort(_ recording: RecordingList.Recording) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: recording.path)
    return (attributes?[.size] as? Int).map { $0 <= 1 << 20 } ?? true
  }

  /// Outcomes that came before their turn.
  private struct Waiting {
    private var outcomes: [Int: Outcome] = [:]
    private var next = 0

    mutating func add(_ outcome: Outcome, at index: Int, _ tell: (Int, Outcome) -> Void) {
      outcomes[index] = outcome
      while let outcome = outcomes.removeValue(forKey: next) {
        tell(next, outcome)
        next += 1
      }
    }
  }
}

// MARK: - One recording

extension TranscriptionBatch {
  /// Where the transcript of `recording` is written; nil without an output.
  public func outputPath(of recording: RecordingList.Recording) -> String? {
    outputFile
      ?? outputFolder.map { folder in
        let name = recording.outputName.fileName
        let file = Self.fitting(name, extension: format.fileExtension)
        return folder.appendingName(recording.outputName.folderPath.appendingName(file))
      }
  }

  /// `name` with the extension, cut where file systems would not hold it: what is cut is told apart by its checksum.
  private static func fitting(_ name: String, extension fileExtension: String) -> String {
    let longest = 255
    let whole = "\(name).\(fileExtension)"
    guard whole.utf8.count > longest else { return whole }
    // FNV-1a, 32 bits.
    let hash = name.utf8.reduce(UInt32(0x811c_9dc5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    let end = "~\(String(hash, radix: 16)).\(fileExtension)"
    var start = ""
    for character in name.unicodeScalars {
      guard start.utf8.count + String(character).utf8.count + end.utf8.count <= longest else {
        break
      }
      start.unicodeScalars.append(character)
    }
    return start + end
  }

  /// What became of `recordings`, in order.
  private func outcomes(
    of recordings: ArraySlice<RecordingList.Recording>, transcriber: RecordingTranscriber
  ) -> [Outcome] {
    let isThere = recordings.map { recording in
      !overwrites && outputPath(of: recording).map { isNewer($0, than: recording.path) } == true
    }
    let missing = zip(recordings, isThere).filter { !$0.1 }.map(\.0.path)
    var heard = transcriber.transcribe(files: missing)[...]
    return zip(recordings, isThere).map { recording, isThere in
      guard !isThere, let result = heard.popFirst() else { return .alreadyThere }
      do {
        let file = try result.get()
        if let output = outputPath(of: recording) { try write(file, to: output) }
        return .heard(file)
      } catch {
        return .failed("\(error)")
      }
    }
  }

  private func write(_ heard: TranscribedFile, to path: String) throws {
    let folder = path.folderPath.isEmpty ? "." : path.folderPath
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError.unwritable(path: folder, reason: systemReason(error))
    }
    try AtomicFile.write(Data(try format.document(for: [heard]).utf8), to: path)
  }

  private func isNewer(_ output: String, than recording: String) -> Bool {
    guard let written = modificationDate(output) else { return false }
    return modificationDate(recording).map { $0 <= written } ?? true
  }

  private func modificationDate(_ path: String) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.modificationDate] as? Date
  }
}
