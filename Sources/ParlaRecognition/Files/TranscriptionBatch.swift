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
  /// - Parameters:
  ///   - isStopped: Asked before each recording; `true` leaves out the rest.
  ///   - tell: Called with a recording's index and outcome, by one thread at a time.
  public func run(
    _ recordings: [RecordingList.Recording], isStopped: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (Int, Outcome) -> Void
  ) {
    let workerCount = min(max(1, threadCount), max(1, recordings.count))
    var transcriber = transcriber
    transcriber.threadCount = max(1, threadCount / workerCount)
    let next = Atomic(0)
    let waiting = Mutex(Waiting())
    DispatchQueue.concurrentPerform(iterations: workerCount) { [transcriber] _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < recordings.count else { return }
        let outcome =
          isStopped() ? .notReached : outcome(of: recordings[index], transcriber: transcriber)
        waiting.withLock { $0.add(outcome, at: index, tell) }
      }
    }
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
  /// Where the transcript of `recording` is written; nil without an output folder.
  public func outputPath(of recording: RecordingList.Recording) -> String? {
    outputFolder.map { "\($0)/\(recording.outputName).\(format.fileExtension)" }
  }

  private func outcome(
    of recording: RecordingList.Recording, transcriber: RecordingTranscriber
  ) -> Outcome {
    let output = outputPath(of: recording)
    do {
      if let output, !overwrites, isNewer(output, than: recording.path) { return .alreadyThere }
      let heard = try transcriber.transcribe(file: recording.path)
      if let output { try write(heard, to: output) }
      return .heard(heard)
    } catch {
      return .failed("\(error)")
    }
  }

  private func write(_ heard: TranscribedFile, to path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
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
