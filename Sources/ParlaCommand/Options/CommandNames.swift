import ArgumentParser
import ParlaTranscripts

/// The names of commands, to suggest the right one for a typo.
enum CommandNames {
  /// Follows `arguments` from `command` down to the command that they name.
  ///
  /// - Throws: `ValidationError` for a name that no command has, with the nearest one.
  static func check(
    _ arguments: [String], of command: any ParsableCommand.Type
  ) throws(ValidationError) {
    let configuration = command.configuration
    let known = configuration.subcommands.map { $0._commandName }
    guard let name = arguments.first, !name.hasPrefix("-"), name != "help", !known.isEmpty,
      configuration.defaultSubcommand == nil
    else { return }
    if let found = configuration.subcommands.first(where: { $0._commandName == name }) {
      return try check(Array(arguments.dropFirst()), of: found)
    }
    let nearest = nearestName(to: name, among: known, limit: max(2, name.count / 3))
    throw ValidationError(
      "\(command._commandName): no command is called \"\(name)\". "
        + (nearest.map { "Did you mean \($0)? " } ?? "")
        + "The commands are \(known.joined(separator: ", ")).")
  }
}
