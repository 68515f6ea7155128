import Foundation
import ParlaTestSupport
import Testing

/// The texts of `--help`.
@Suite struct HelpTests {
  /// Lines that a terminal of 80 columns would wrap cannot be pasted.
  @Test func examplesAndTablesFitInEightyColumns() throws {
    let result = try runCommand("--experimental-dump-help")
    #expect(result.status == 0)
    let program = try JSONDecoder().decode(Dump.self, from: Data(result.output.utf8)).command
    let lines = program.indentedLines
    #expect(lines.count > 50)
    #expect(lines.filter { $0.count > 80 } == [])
  }

  private struct Dump: Decodable { let command: Command }

  private struct Command: Decodable {
    let discussion: String?
    let subcommands: [Command]?

    var indentedLines: [String] {
      let own = (discussion ?? "").split(separator: "\n").map(String.init)
      return own.filter { $0.hasPrefix("  ") } + (subcommands ?? []).flatMap(\.indentedLines)
    }
  }
}
