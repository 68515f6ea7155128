package import Foundation
import ParlaFiles

/// The program curl, which speaks to servers.
///
/// A library that does so, linked in, would cost every start of Parla.
package enum WebProgram {
  /// The result of a request.
  package struct Answer: Sendable {
    /// The error; nil if the server did what it was asked.
    package let problem: String?
    /// Whether the server cannot continue a part that is there.
    package var cannotContinue = false

    /// Makes an answer.
    package init(problem: String?, cannotContinue: Bool = false) {
      self.problem = problem
      self.cannotContinue = cannotContinue
    }
  }

  /// A file that is fetched together with others.
  package struct Request: Sendable {
    /// Where it is.
    package var source: URL

    /// Where it goes; a part that is there is continued.
    package var path: String

    /// The bytes of it that are wanted, to its end where the upper bound is `Int.max`; nil for all.
    package var bytes: Range<Int>?

    /// A file of an earlier time: nothing is fetched, and nothing written to `path`, if the server's is not newer.
    package var known: String?

    /// Makes a request for all of `source`.
    package init(_ source: URL, to path: String) {
      self.source = source
      self.path = path
    }
  }

  /// Fetches what `requests` ask for, eight at a time, and makes the folders; a terminal shows the progress if wanted.
  package static func get(_ requests: [Request], showsProgress: Bool = false) -> [Answer] {
    let isShown = showsProgress && isatty(2) == 1
    let shared = """
      \(isShown ? "progress-bar" : "silent")
      fail
      location
      create-dirs
      remote-time
      retry = 3

      """
    let parts = requests.enumerated().map { index, request in
      var lines = [
        "url = \(quoted(request.source.absoluteString))", "output = \(quoted(request.path))",
        "write-out = \"\(index) %{exitcode} %{http_code} %{errormsg}\\n\"",
      ]
      if let bytes = request.bytes {
        let last = bytes.upperBound == .max ? "" : "\(bytes.upperBound - 1)"
        lines.append("range = \"\(bytes.lowerBound)-\(last)\"")
      } else if let known = request.known {
        lines.append("time-cond = \(quoted(known))")
      } else {
        lines.append("continue-at = \"-\"")
      }
      return shared + lines.joined(separator: "\n") + "\n"
    }
    let result = execute(
      isShown ? [] : ["--parallel", "--parallel-max", "8", "--no-progress-meter"],
      parts.joined(separator: "next\n"))
    guard let written = result.written else {
      return requests.map { _ in Answer(problem: result.problem) }
    }
    var answers = requests.map { _ in Answer(problem: "curl ended with status \(result.status)") }
    for line in written.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count > 1, let index = Int(words[0]), answers.indices.contains(index),
        let status = Int32(words[1])
      else { continue }
      answers[index] = answer(status, words.count > 2 ? String(words[2]) : "")
    }
    return answers
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

  private static func run(_ arguments: [String], _ configuration: String) -> Answer {
    let result = execute(
      ["--fail", "--write-out", "%{http_code} %{errormsg}"] + arguments, configuration)
    guard let written = result.written else { return Answer(problem: result.problem) }
    return answer(result.status, written)
  }

  /// Addresses and messages go through a pipe, so that no other user sees them among the arguments.
  private static func execute(
    _ arguments: [String], _ configuration: String
  ) -> (status: Int32, written: String?, problem: String) {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["curl", "--disable", "--proto", "=http,https", "--config", "-"] + arguments
    process.standardInput = input
    process.standardOutput = output
    do {
      // Before curl starts: the other end cannot be closed yet.
      try input.fileHandleForWriting.write(contentsOf: Data(configuration.utf8))
      try input.fileHandleForWriting.close()
      try process.run()
    } catch {
      return (1, nil, "curl: \(systemReason(error))")
    }
    let written = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
      return (127, nil, "the program curl is missing: apt-get install curl")
    }
    return (process.terminationStatus, String(decoding: written, as: UTF8.self), "")
  }

  /// What the status of curl (its manual, "exit codes") and the words that it wrote mean.
  private static func answer(_ status: Int32, _ text: String) -> Answer {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    // A range beyond the end was asked for: all had arrived before.
    guard status != 0, parts.first != "416" else { return Answer(problem: nil) }
    let words = parts.count > 1 ? parts[1] : "curl ended with status \(status)"
    return Answer(problem: words, cannotContinue: status == 33)
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
    return "\"\(escaped)\""
  }
}
