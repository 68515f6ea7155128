import ArgumentParser
import Foundation
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
  private let state = Mutex(State())

  private struct State {
    var results: [TranscribedFile] = []
    var doneCount = 0
    var totalSeconds = 0.0
    var thereCount = 0
    var failureCount = 0
    var leftCount = 0
  }

  /// Reports on `recordings`; with `isPrinted`, their transcripts go to standard output.
  init(recordings: [RecordingList.Recording], format: TranscriptFormat, isPrinted: Bool) {
    self.recordings = recordings
    self.format = format
    self.isPrinted = isPrinted
  }

  /// Takes the next outcome.
  @Sendable func tell(_ index: Int, _ outcome: TranscriptionBatch.Outcome) {
    state.withLock { state in
      state.doneCount += 1
      switch outcome {
      case .transcribed(let result):
        state.totalSeconds += result.duration
        if isPrinted { show(result, &state) }
      case .alreadyThere: state.thereCount += 1
      case .failed(let reason):
        state.failureCount += 1
        status.note("Error: \(reason)")
      case .notReached: state.leftCount += 1
      }
      if recordings.count > 1 { status.show(progress(state)) }
    }
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
    if !isPrinted { Terminal.note(progress(state) + ".") }
    if state.leftCount > 0 {
      Terminal.note(
        "Stopped before \(state.leftCount) recordings; the same command resumes with --output.")
    }
    if state.failureCount + state.leftCount > 0 { throw ExitCode.failure }
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
        state.failureCount += 1
        status.note("Error: \(result.file): \(error)")
      }
    }
  }

  private func progress(_ state: State) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var text = "\(state.doneCount - state.leftCount) of \(recordings.count) recordings"
    if state.totalSeconds > 0 {
      text += ", \(readable(seconds: state.totalSeconds)) of sound in \(readable(seconds: seconds))"
      text += " (\(rounded(state.totalSeconds / max(seconds, 0.001), 1)) times real time)"
    }
    if state.thereCount > 0 { text += ", \(state.thereCount) were there" }
    if state.failureCount > 0 { text += ", \(state.failureCount) failed" }
    return text
  }
}
