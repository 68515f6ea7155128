import ArgumentParser

/// `parla scorer`: what makes a decoder write likely words.
struct ScorerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer", abstract: "Build, inspect and tune scorers: words and language model.",
    subcommands: [
      ScorerBuildCommand.self, ScorerAddWordsCommand.self, ScorerInspectCommand.self,
      ScorerTuneCommand.self,
    ])
}
