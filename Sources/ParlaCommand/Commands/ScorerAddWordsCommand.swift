import ArgumentParser
import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaTranscripts

/// `parla scorer add-words`.
struct ScorerAddWordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add-words", abstract: "Add words to a scorer without rebuilding it.",
    discussion: """
      Example:

        parla scorer add-words --scorer my.scorer --alphabet alphabet.txt \\
          --words names.txt --output more.scorer

      Each line of names.txt has a new word, optionally followed by a known word that is used in similar \
      places: "kathleen mary" gives kathleen the probabilities of mary. A word alone has those of an unknown \
      word. Programs other than Parla read the scorer, but ignore these words.
      """)

  @Option(help: ArgumentHelp("The scorer.", valueName: "file"), completion: .file())
  var scorer: String

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp(
      "The labels of the acoustic model, one per line, or the model itself or its Kurfile.",
      valueName: "file"), completion: .file())
  var alphabet: String

  @Option(help: ArgumentHelp("The words, one per line.", valueName: "file"), completion: .file())
  var words: String

  @Option(help: ArgumentHelp("The scorer to write.", valueName: "file"), completion: .file())
  var output: String

  func run() throws {
    let scorer = try Scorer(path: scorer, alphabet: Alphabet(from: alphabet))
    let lines = try FileContent.text(words).split(whereSeparator: \.isNewline)
    var added: [AddedWord] = []
    for (index, line) in lines.enumerated() {
      let parts = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let word = parts.first else { continue }
      guard parts.count <= 2 else {
        throw ValidationError(
          "\(words): entry \(index + 1): found \(parts.count) words, expected one, or two: "
            + "the new one and one that it is weighed as.")
      }
      added.append(AddedWord(word, weighedAs: parts.count > 1 ? parts[1] : nil))
    }
    let count = try scorer.write(adding: added, to: output)
    Terminal.report(
      "\(output): \(counted(count, "word")) added, \(added.count - count) were there.", on: output)
  }
}
