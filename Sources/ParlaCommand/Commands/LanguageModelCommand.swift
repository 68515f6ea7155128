import ArgumentParser

/// `parla lm`: n-gram language models.
struct LanguageModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lm", abstract: "Build, convert and query n-gram language models.",
    subcommands: [
      LanguageModelBuild.self, LanguageModelBinarize.self, LanguageModelQuery.self,
      LanguageModelFilter.self, LanguageModelInterpolate.self,
    ])
}
