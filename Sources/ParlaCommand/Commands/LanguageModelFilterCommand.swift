import ArgumentParser
import Foundation
import ParlaFiles
import ParlaLanguageModel
import ParlaLanguageModelBuilding

/// `parla lm filter`.
struct LanguageModelFilter: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filter",
    abstract: "Keep the n-grams that a vocabulary can use, as KenLM's filter does.",
    discussion: """
      Modes: copy keeps everything; single takes the vocabulary as one set of words; union takes \
      each line as a sentence and keeps n-grams whose words occur together in one; multiple does \
      the same but writes a model for each line, with 0, 1, 2 … appended to its name.

      Further words: context (the last word of an n-gram need not pass), phrase (lines are phrases \
      with tabs between them), raw or arpa (the format; default arpa), threads:N, batch_size:N.

      EXAMPLES
        parla lm filter single vocab:words.txt english.arpa small.arpa
        parla lm filter union context threads:4 vocab:sentences.txt \\
          english.arpa small.arpa
      """)

  @Argument(
    help: ArgumentHelp(
      "MODE [context] [phrase] [raw|arpa] [threads:N] [batch_size:N] (vocab:FILE|model:FILE) "
        + "[MODEL] OUTPUT; standard input is used for what is missing.", valueName: "arguments"),
    completion: .file())
  var arguments: [String]

  func run() throws {
    var words = arguments
    guard let output = words.popLast() else { throw ValidationError("Pass an output file.") }
    var mode: ModelFilter.Mode?
    var format = ModelFilter.Format.arpa
    var (hasPhrases, isContextOnly) = (false, false)
    var threads = Processors.count
    var batchSize = 25_000
    var (vocabulary, model) = ("-", "-")
    for word in words {
      let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
      if let found = ModelFilter.Mode(rawValue: word) {
        mode = found
      } else if let found = ModelFilter.Format(rawValue: word) {
        format = found
      } else if word == "phrase" {
        hasPhrases = true
      } else if word == "context" {
        isContextOnly = true
      } else if parts.count == 2, parts[0] == "vocab" {
        vocabulary = parts[1]
      } else if parts.count == 2, parts[0] == "model" {
        model = parts[1]
      } else if parts.count == 2, parts[0] == "threads", let count = Int(parts[1]) {
        threads = count
      } else if parts.count == 2, parts[0] == "batch_size", let size = Int(parts[1]) {
        batchSize = size
      } else if word == words.last {
        model = word
      } else {
        throw ValidationError("\(word) is not a word that filter knows; see --help.")
      }
    }
    guard let mode else { throw ValidationError("Pass copy, single, multiple or union.") }
    guard vocabulary != "-" || model != "-" else {
      throw ValidationError("Pass vocab:FILE or model:FILE; only one can be standard input.")
    }
    let filter = try ModelFilter(
      mode, vocabulary: vocabulary, hasPhrases: hasPhrases, isContextOnly: isContextOnly,
      threadCount: threads, batchSize: batchSize)
    try filter.run(model: model, format: format, to: output)
  }
}
