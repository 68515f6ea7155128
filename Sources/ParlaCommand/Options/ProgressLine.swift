import Foundation
import Synchronization

/// Shows on standard error how far work has come: one line that changes on a terminal, a line for each stage elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var stage = ""
    var shownWidth = 0
  }

  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let state = Mutex(State())

  /// Shows that the work is at `stage`, and how far in it; a stage's name stands for itself where lines cannot change.
  func show(_ stage: String, _ detail: String = "") {
    state.withLock { state in
      let line = detail.isEmpty ? stage : "\(stage)  \(detail)"
      if isTerminal {
        let blank = String(repeating: " ", count: max(0, state.shownWidth - line.count))
        write("\r\(line)\(blank)")
        state.shownWidth = line.count
      } else if stage != state.stage {
        write("\(stage)\n")
      }
      state.stage = stage
    }
  }

  /// Leaves the line, so that what follows starts on its own.
  func finish() {
    state.withLock { state in
      if isTerminal, state.shownWidth > 0 { write("\n") }
      state = State()
    }
  }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
