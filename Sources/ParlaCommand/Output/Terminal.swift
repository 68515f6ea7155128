import Foundation
import ParlaFiles

/// Standard error, where progress and messages go; results go to standard output.
enum Terminal {
  /// Writes a line.
  static func note(_ text: String) { write(text + "\n") }

  /// Writes a line about what was written to `output`: to standard output, unless the data itself is there.
  static func report(_ text: String, on output: String) {
    if AtomicFile.isStandardOutput(output) { note(text) } else { print(text) }
  }

  /// Writes `text` as it is; where standard error cannot be written to, the work continues without it.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Whether somebody watches, rather than a file or another program.
  static let isInteractive = isatty(2) == 1
}

/// A duration for people: `45 s`, `3 min 20 s`, `2 h 05 min`.
func readable(seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e7 else { return "?" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
  return "\(whole / 3600) h \(padded(whole / 60 % 60)) min"
}

private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// `value` with `digits` digits after the point.
func rounded(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
