import ArgumentParser

/// `parla lm`: n-gram language models.
struct LanguageModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lm", abstract: "Build, convert and query n-gram language models.",
    discussion: """
      EXAMPLE
        parla lm build --order 3 --text corpus.txt --output model.arpa
      """,
    subcommands: [
      LanguageModelBuild.self, LanguageModelBinarize.self, LanguageModelQuery.self,
      LanguageModelFilter.self, LanguageModelInterpolate.self,
    ])
}
