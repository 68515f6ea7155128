import ArgumentParser
import Foundation

/// `parla doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Report what this machine supports, what is missing, and how to install it.",
    discussion: """
      Example:

        parla doctor

      shows the processor with the instructions in use, threads, memory, the sound formats that can be read, \
      and whether graphics cards and several processes can be used. The exit status is 1 where something is missing \
      that Parla needs.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let report = MachineReport.made(torchLibraryPaths: EngineOptions.libraryPaths(nil))
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      print(report.text)
    }
    if !report.isWhole { throw ExitCode.failure }
  }
}
