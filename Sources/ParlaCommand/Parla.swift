import ArgumentParser

/// The program `parla`: speech to text in your own language.
@main struct Parla: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parla",
    abstract: "Speech to text in your own language.",
    subcommands: [Import.self, CorpusCommand.self])
}
