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
    let lines = program.indentedLines(deep: true)
    #expect(lines.count > 50)
    #expect(lines.filter { $0.count > 80 } == [])
  }

  @Test func everyGroupOfCommandsShowsAnExample() throws {
    let result = try runCommand("--experimental-dump-help")
    let program = try JSONDecoder().decode(Dump.self, from: Data(result.output.utf8)).command
    let groups = (program.subcommands ?? []).filter { $0.subcommands?.isEmpty == false }
    #expect(groups.count >= 5)
    #expect(
      groups.filter { !$0.indentedLines(deep: false).contains { $0.hasPrefix("  parla ") } }.isEmpty
    )
  }

  /// Without a kind of their own, the shell completes nothing at all: no file names either.
  @Test func filesAndFoldersComplete() throws {
    let result = try runCommand("--experimental-dump-help")
    let program = try JSONDecoder().decode(Dump.self, from: Data(result.output.utf8)).command
    let arguments = program.allArguments.filter { argument in
      ["file", "folder", "path", "csv", "csv,…", "files", "npy"].contains(argument.valueName ?? "")
    }
    #expect(arguments.count > 80)
    #expect(arguments.filter { $0.completionKind == nil }.map(\.abstract) == [])
  }

  @Test func usualValuesAreNamed() throws {
    for (result, values) in [
      (try runCommand("align", "--help"), ["0.03", "0.1", "flac"]),
      (try runCommand("corpus", "clean", "--help"), ["100;"]),
    ] {
      let help = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for value in values { #expect(help.contains("(default: \(value)")) }
    }
  }

  private struct Dump: Decodable { let command: Command }

  private struct Argument: Decodable {
    let valueName: String?
    let abstract: String?
    let completionKind: [String: Kind]?

    /// Only that there is one is of interest.
    struct Kind: Decodable {}
  }

  private struct Command: Decodable {
    let discussion: String?
    let subcommands: [Command]?
    let arguments: [Argument]?

    var allArguments: [Argument] {
      (arguments ?? []) + (subcommands ?? []).flatMap(\.allArguments)
    }

    func indentedLines(deep: Bool) -> [String] {
      let own = (discussion ?? "").split(separator: "\n").map(String.init)
      return own.filter { $0.hasPrefix("  ") }
        + (deep ? subcommands ?? [] : []).flatMap { $0.indentedLines(deep: true) }
    }
  }
}
