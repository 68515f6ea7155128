import Foundation
import Synchronization

/// Reports the progress of a Kurfile's training: results on standard output, everything else on standard error.
final class KurProgress: Sendable {
  private let level: Int
  private let state = Mutex(State())

  private struct State {
    var lastLine = ""
    var isOpen = false
  }

  /// Reports as much as `level` asks for: 0, or the number of v in -v, -vv and -vvv.
  init(level: Int) { self.level = level }

  /// A line of the result.
  func say(_ text: String) {
    end()
    StandardStreams.write(text + "\n")
  }

  /// A question, which an answer on the same line follows.
  func ask(_ text: String) {
    end()
    StandardStreams.write(text)
  }

  /// A line that is printed from `level` on.
  func tell(level: Int, _ text: String) {
    guard level <= self.level else { return }
    tell(["WARNING", "INFO", "DEBUG", "TRACE"][min(max(level, 0), 3)], text)
  }

  /// A line of the kind `kind`.
  func tell(_ kind: String, _ text: String) {
    end()
    Terminal.note("[\(kind)] \(text)")
  }

  /// How many samples are done: a line that is overwritten, or one at the end without a terminal.
  func show(_ text: String, done: Int, total: Int) {
    let percent = total == 0 ? 100 : done * 100 / total
    let filled = percent / 10
    let bar =
      String(repeating: "█", count: filled) + String(repeating: " ", count: 10 - filled)
    let line = "\(text): \(percent)%|\(bar)| \(done)/\(total)"
    guard Terminal.isInteractive else {
      if done >= total { Terminal.note(line) }
      return
    }
    let before = state.withLock { state in
      defer { (state.lastLine, state.isOpen) = (line, true) }
      return state.lastLine.count
    }
    Terminal.write("\r" + line + String(repeating: " ", count: max(0, before - line.count)))
  }

  /// Ends a line that would be written over.
  func end() {
    let isOpen = state.withLock { state in
      defer { (state.lastLine, state.isOpen) = ("", false) }
      return state.isOpen
    }
    if isOpen { Terminal.note("") }
  }
}
