import ArgumentParser

/// `parla scorer`: what makes a decoder write likely words.
struct ScorerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer", abstract: "Build, inspect and tune scorers: words and language model.",
    discussion: """
      EXAMPLE
        parla scorer build --text corpus.txt --alphabet alphabet.txt \\
          --output my.scorer
      """,
    subcommands: [
      ScorerBuildCommand.self, ScorerAddWordsCommand.self, ScorerInspectCommand.self,
      ScorerTuneCommand.self,
    ])
}
