import ArgumentParser
import Foundation
import ParlaLanguageModel

/// `parla lm query`.
struct LanguageModelQuery: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Score text with a language model, as KenLM's query does.",
    discussion: """
      Each word is printed as word=index length log10-probability, where length is that of the \
      longest n-gram found and index 0 is an unknown word.

      EXAMPLE
        parla lm query english.binary < sentences.txt
      """)

  /// What is printed.
  enum Detail: String, ExpressibleByArgument, CaseIterable {
    case word, sentence, summary

    var detail: TextQuery.Detail {
      switch self {
      case .word: .word
      case .sentence: .sentence
      case .summary: .summary
      }
    }
  }

  @Argument(
    help: ArgumentHelp("An ARPA file or a KenLM binary.", valueName: "model"), completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Sentences, one per line; without, or with -, standard input.", valueName: "text"),
    completion: .file())
  var text = "-"

  @Flag(name: .customShort("n"), help: "Do not put <s> before and </s> after each line.")
  var withoutSentenceMarks = false

  @Flag(name: .customShort("b"), help: "Print line by line instead of in large pieces.")
  var unbuffered = false

  @Option(
    name: [.customShort("v"), .customLong("print")],
    help: "What to print; may be repeated (default: all).")
  var details: [Detail] = []

  @Option(name: .customShort("l"), help: .hidden)
  var loading: String?

  func run() throws {
    let query = TextQuery(
      try NGramModel(path: model), hasSentenceContext: !withoutSentenceMarks,
      details: Set((details.isEmpty ? Detail.allCases : details).map(\.detail)))
    _ = try query.run(text: text, isBuffered: !unbuffered) { data in
      try FileHandle.standardOutput.write(contentsOf: data)
    }
  }
}
