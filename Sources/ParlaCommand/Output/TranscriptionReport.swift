import ArgumentParser
import Foundation
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// Shows what a batch of recordings says, how far it is, and what went wrong.
final class TranscriptionReport: Sendable {
  private let recordings: [RecordingList.Recording]
  private let format: TranscriptFormat
  private let isPrinted: Bool
  private let status = StatusLine()
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  private struct State {
    var results: [TranscribedFile] = []
    var summary: Summary
  }

  /// How far a process is, for the one that sums up.
  struct Summary: Codable {
    var recordingCount: Int
    var doneCount = 0
    var totalSeconds = 0.0
    var thereCount = 0
    var failures: [String] = []
    var leftCount = 0
    var processorSeconds = 0.0
  }

  /// How far this process is.
  var summary: Summary {
    var summary = state.withLock { $0.summary }
    summary.processorSeconds += Double(clock()) / Double(CLOCKS_PER_SEC)
    return summary
  }

  /// Reports on `recordings`; with `isPrinted`, their transcripts go to standard output.
  init(recordings: [RecordingList.Recording], format: TranscriptFormat, isPrinted: Bool) {
    self.recordings = recordings
    state = Mutex(State(summary: Summary(recordingCount: recordings.count)))
    self.format = format
    self.isPrinted = isPrinted
  }

  /// Takes the next outcome.
  @Sendable func tell(_ index: Int, _ outcome: TranscriptionBatch.Outcome) {
    state.withLock { state in
      state.summary.doneCount += 1
      switch outcome {
      case .transcribed(let result):
        state.summary.totalSeconds += result.duration
        if isPrinted { show(result, &state) }
      case .alreadyThere: state.summary.thereCount += 1
      case .failed(let reason): fail(reason, &state.summary)
      case .notReached: state.summary.leftCount += 1
      }
      if recordings.count > 1 { status.show(progress(state.summary)) }
    }
  }

  /// Adds what another process has done of the same list.
  func add(_ other: Summary) {
    state.withLock { state in
      state.summary.recordingCount += other.recordingCount
      state.summary.doneCount += other.doneCount
      state.summary.totalSeconds += other.totalSeconds
      state.summary.thereCount += other.thereCount
      state.summary.leftCount += other.leftCount
      state.summary.processorSeconds += other.processorSeconds
      for reason in other.failures { fail(reason, &state.summary) }
    }
  }

  private func fail(_ reason: String, _ summary: inout Summary) {
    summary.failures.append(reason)
    status.note("Error: \(reason)")
  }

  /// Prints the processor time of all processes so far.
  func tellTime() {
    Terminal.note("cpu_time_overall=\(rounded(summary.processorSeconds, 5))")
  }

  /// Prints what waits for the end, and sums up.
  ///
  /// - Throws: `ExitCode.failure` if a recording could not be transcribed, or was not reached.
  func finish() throws {
    let state = state.withLock { $0 }
    status.clear()
    if isPrinted, format != .text, format.holdsSeveralFiles {
      print(try format.document(for: state.results), terminator: "")
    }
    let summary = state.summary
    let isSummedUp = !isPrinted || recordings.count > 1 && !summary.failures.isEmpty
    if isSummedUp { Terminal.note(progress(summary) + ".") }
    if summary.leftCount > 0 {
      Terminal.note(
        "Stopped before \(counted(summary.leftCount, "recording")); the same command resumes with --output."
      )
    }
    if summary.failures.count + summary.leftCount > 0 { throw ExitCode.failure }
  }

  private func show(_ result: TranscribedFile, _ state: inout State) {
    status.clear()
    if format == .text {
      print(
        PlainTextWriter.lines(for: result, isNamed: recordings.count > 1), terminator: "")
      StandardStreams.flush()
    } else if format.holdsSeveralFiles {
      state.results.append(result)
    } else {
      // DeepSpeech's client names each file of a folder, too.
      let name = recordings.count > 1 ? "> \(result.file)\n" : ""
      do { print(name + (try format.document(for: [result])), terminator: "") } catch {
        fail("\(result.file): \(error)", &state.summary)
      }
    }
  }

  private func progress(_ summary: Summary) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let (done, sound) = (summary.doneCount - summary.leftCount, summary.totalSeconds)
    var text = "\(done) of \(counted(summary.recordingCount, "recording"))"
    if sound > 0 {
      text += ", \(readable(seconds: sound)) of sound in \(readable(seconds: seconds))"
      text += " (\(rounded(sound / max(seconds, 0.001), 1)) times real time)"
    }
    if summary.thereCount > 0 { text += ", \(summary.thereCount) were there" }
    if !summary.failures.isEmpty { text += ", \(summary.failures.count) failed" }
    return text
  }
}
