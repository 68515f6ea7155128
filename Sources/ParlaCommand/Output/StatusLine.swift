import Foundation

/// One line that shows how far long work is: rewritten in place on a terminal, else printed now and then.
final class StatusLine: @unchecked Sendable {
  private let lock = NSLock()
  private var shownWidth = 0
  private var lastShown = ContinuousClock.now - .seconds(3600)
  /// The latest text that was not shown where lines stay.
  private var skipped: String?
  private let interval: Duration

  /// A line that a terminal sees ten times a second, and a file every `plainSeconds`.
  init(plainSeconds: Double = 15) {
    interval = Terminal.isInteractive ? .milliseconds(100) : .seconds(plainSeconds)
  }

  /// Shows `text`, unless another was shown a moment ago.
  func show(_ text: @autoclosure () -> String) {
    lock.withLock {
      guard ContinuousClock.now - lastShown >= interval else {
        if !Terminal.isInteractive { skipped = text() }
        return
      }
      skipped = nil
      lastShown = .now
      let text = text()
      if Terminal.isInteractive {
        let padding = String(repeating: " ", count: max(0, shownWidth - text.count))
        Terminal.write("\r" + text + padding)
        shownWidth = text.count
      } else {
        Terminal.note(text)
      }
    }
  }

  /// Takes the line away and writes `text` for good.
  func note(_ text: String) {
    lock.withLock {
      clearLine()
      Terminal.note(text)
    }
  }

  /// Takes the line away.
  func clear() { lock.withLock { clearLine() } }

  /// Ends what was shown so far: where lines stay, the last one tells how far the work came.
  func finish() {
    lock.withLock {
      clearLine()
      if let skipped { Terminal.note(skipped) }
      skipped = nil
    }
  }

  private func clearLine() {
    guard Terminal.isInteractive, shownWidth > 0 else { return }
    Terminal.write("\r" + String(repeating: " ", count: shownWidth) + "\r")
    shownWidth = 0
  }
}
