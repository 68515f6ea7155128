package import Foundation
import ParlaFiles

/// The program curl, which speaks to servers.
///
/// A library that does so, linked in, would cost every start of Parla.
package enum WebProgram {
  /// What came of a request.
  package struct Answer: Sendable {
    /// What went wrong; nil if the server did what it was asked.
    package let problem: String?
    /// Whether the server cannot continue a part that is there.
    package var cannotContinue = false

    /// Makes an answer.
    package init(problem: String?, cannotContinue: Bool = false) {
      self.problem = problem
      self.cannotContinue = cannotContinue
    }
  }

  /// Fetches `source` to the file `path`, and continues what is there.
  package static func get(_ source: URL, to path: String) -> Answer {
    let bar = isatty(2) == 1 ? "--progress-bar" : "--silent"
    return run(
      [
        bar, "--location", "--continue-at", "-", "--retry", "3", "--output", path,
      ], "url = \(quoted(source.absoluteString))\n")
  }

  /// Sends `json` to `target`, and waits for at most 20 seconds.
  package static func post(_ json: String, to target: URL) -> Answer {
    run(
      ["--silent", "--max-time", "20", "--output", "/dev/null"],
      """
      url = \(quoted(target.absoluteString))
      header = "Content-Type: application/json"
      data-binary = \(quoted(json))

      """)
  }

  /// Addresses and messages go through a pipe, so that no other user sees them among the arguments.
  private static func run(_ arguments: [String], _ configuration: String) -> Answer {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["curl", "--disable", "--fail", "--proto", "=http,https", "--config", "-"]
      + ["--write-out", "%{http_code} %{errormsg}"] + arguments
    process.standardInput = input
    process.standardOutput = output
    do {
      // Before curl begins: nobody can have closed the other end.
      try input.fileHandleForWriting.write(contentsOf: Data(configuration.utf8))
      try input.fileHandleForWriting.close()
      try process.run()
    } catch {
      return Answer(problem: "curl: \(systemReason(error))")
    }
    let written = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return answer(process.terminationStatus, String(decoding: written, as: UTF8.self))
  }

  /// What the status of curl (its manual, "exit codes") and the words that it wrote mean.
  private static func answer(_ status: Int32, _ text: String) -> Answer {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    // A range beyond the end was asked for: all had arrived before.
    guard status != 0, parts.first != "416" else { return Answer(problem: nil) }
    guard status != 127 else {
      return Answer(problem: "the program curl is missing: apt-get install curl")
    }
    let words = parts.count > 1 ? parts[1] : "curl ended with status \(status)"
    return Answer(problem: words, cannotContinue: status == 33)
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
    return "\"\(escaped)\""
  }
}
