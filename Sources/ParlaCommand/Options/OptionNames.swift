import ArgumentParser
import Foundation
import ParlaTranscripts

/// The names of a command's options, to suggest the right one for a typo.
///
/// ArgumentParser looks for unknown options last: what is missing for want of a misspelt one would be named first.
enum OptionNames {
  /// What is said of the first of `arguments` that looks like an option and is none of the command that they name; nil if
  /// there is none.
  static func refusal(of arguments: [String], program: any ParsableCommand.Type) -> String? {
    var command = program
    var names = [program._commandName]
    var rest = arguments[...]
    while let name = rest.first,
      let found = command.configuration.subcommands.first(where: { $0._commandName == name })
    {
      command = found
      names.append(name)
      rest = rest.dropFirst()
    }
    let options = rest.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.dropFirst(2).prefix { $0 != "=" }) }
    guard !options.isEmpty, let known = known(to: command),
      let unknown = options.first(where: { !known.contains($0) })
    else { return nil }
    let nearest = nearestName(to: unknown, among: known, limit: max(2, unknown.count / 3))
    return "Error: Unknown option '--\(unknown)'"
      + (nearest.map { ". Did you mean '--\($0)'?" } ?? "")
      + "\nUsage: \(program.usageString(for: command))"
      + "\n  See '\(names.joined(separator: " ")) --help' for more information."
  }

  /// The long names of the options of `command`, as its own dump tells them.
  private static func known(to command: any ParsableCommand.Type) -> Set<String>? {
    let dump = try? JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8))
    guard let arguments = dump?.command.arguments else { return nil }
    let names = arguments.flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
    return Set(names).union(["help", "help-hidden", "version"])
  }

  private struct Dump: Decodable {
    let command: Command

    struct Command: Decodable { let arguments: [Argument]? }
    struct Argument: Decodable { let names: [Name]? }
    struct Name: Decodable {
      let kind: String
      let name: String
    }
  }
}
