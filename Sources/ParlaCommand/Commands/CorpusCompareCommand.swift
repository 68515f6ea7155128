import ArgumentParser
import ParlaCorpus

/// `parla corpus compare`: in what two corpora or recordings differ.
struct CorpusCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Show how two corpora, or two recordings, differ.",
    discussion: """
      Samples are matched by name, or by position where names differ, and compared: transcript, rate, length and \
      sound.

      EXAMPLE
        parla corpus compare train.csv train.sdb

      The exit status is 1 if anything differs.
      """)

  @Argument(
    help: ArgumentHelp("A corpus of any form, or a recording.", valueName: "first"),
    completion: .file())
  var first: String

  @Argument(help: ArgumentHelp("Another.", valueName: "second"), completion: .file())
  var second: String

  @Option(
    help: ArgumentHelp(
      "How loud the difference of two recordings may be.", valueName: "decibels"),
    transform: finite)
  var threshold = -60.0

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let status = StatusLine()
    defer { status.clear() }
    let comparison = try CorpusComparison(first, second, threshold: threshold) { done, total in
      status.show("Comparing: \(done) of \(total)")
    }
    status.finish()
    if json { try JSONOutput.print(comparison) } else { show(comparison) }
    if !comparison.isEqual { throw ExitCode(1) }
  }

  private func show(_ comparison: CorpusComparison) {
    for path in comparison.onlyInFirst.prefix(20) { print("only in \(first): \(path)") }
    for path in comparison.onlyInSecond.prefix(20) { print("only in \(second): \(path)") }
    for difference in comparison.differences.prefix(20) {
      print("\(difference.first), \(difference.second): differ in \(difference.text)")
    }
    let level = comparison.loudestDifference.map { level in
      // 16 bits of sound reach down to -96 dB.
      level < -200 ? ", the same sound" : ", loudest difference \(rounded(level, 2)) dB"
    }
    print(
      "\(comparison.compared) compared, \(comparison.differences.count) differ, "
        + "\(comparison.onlyInFirst.count) and \(comparison.onlyInSecond.count) in one only\(level ?? "")"
    )
  }
}
