import ArgumentParser
import ParlaDecoding

/// `parla scorer inspect`.
struct ScorerInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show the contents of a scorer.",
    discussion: """
      Example:

        parla scorer inspect my.scorer
      """)

  @Argument(help: "The scorer.", completion: .file())
  var scorer: String

  func run() throws {
    let found = try ScorerDescription(path: scorer)
    let ends = found.lastLabels.map(String.init).joined(separator: ", ")
    print(
      """
      alpha: \(found.alpha)
      beta: \(found.beta)
      units: \(found.units.description)
      language model: \(found.kind), order \(found.counts.count), \(found.languageModelSize) bytes
      n-grams: \(found.counts.map(String.init).joined(separator: " "))
      \(found.units == .words ? "words" : "characters"): \(found.wordCount)
      lexicon: \(found.stateCount) states, \(found.arcCount) arcs, \(found.lexiconSize) bytes
      labels: 0 to \(found.largestLabel)\(found.units == .characters ? "" : ", words end with \(ends)")
      """)
  }
}
