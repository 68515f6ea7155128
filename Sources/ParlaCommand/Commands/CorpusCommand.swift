import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaSpelling
import ParlaTranscripts

/// `parla corpus`: what can be done with a corpus before training.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Check, convert, split, measure, compare, play and clean a corpus.",
    discussion: """
      EXAMPLES
        parla corpus check train.csv dev.csv test.csv
        parla corpus split all.csv --output divided
      """,
    subcommands: [
      Check.self, CorpusConvertCommand.self, CorpusMergeCommand.self, CorpusSplitCommand.self,
      CorpusStatsCommand.self, CorpusPlayCommand.self, CorpusCompareCommand.self,
      CorpusCleanCommand.self,
    ])

  /// `parla corpus check`: faults of a corpus, before a training meets them.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Find problems that would stop a training, waste it, or falsify its results.",
      discussion: """
        Looks for missing and damaged recordings, empty transcripts, characters outside the \
        alphabet, transcripts that cannot fit their recordings, and recordings or sentences that \
        occur twice, within a CSV or across several; and in transcripts for capitals, digits, \
        punctuation, invisible characters and look-alikes. What it calls an error \
        would stop parla train, except for recordings that occur in two CSVs: parla train only warns of these. Pass all CSVs \
        of a training together, train first.

        EXAMPLE
          parla corpus check train.csv dev.csv test.csv --alphabet alphabet.txt

        The exit status is 1 if errors were found; warnings are worth a look.
        """)

    @Argument(
      help: ArgumentHelp("The CSV files, train first.", valueName: "csv"), completion: .file())
    var files: [String]

    @Option(
      help: ArgumentHelp(
        """
        The alphabet: its file, or a model or a Kurfile that has it. (default: the characters of all CSVs, as parla train \
        has it)
        """,
        valueName: "file"), completion: .file())
    var alphabet: String?

    @Flag(help: "Look at transcripts as parla train --normalize sees them.")
    var normalize = false

    @Flag(help: "Read the headers of recordings only: faster, but damage behind them is not seen.")
    var headersOnly = false

    @Flag(help: "Print everything as JSON.")
    var json = false

    func run() throws {
      let status = StatusLine()
      defer { status.clear() }
      let check = CorpusCheck(
        manifests: try files.map {
          try Manifest(path: $0, normalizer: normalize ? .lookAlikes : nil)
        },
        alphabet: try alphabet.map { try Alphabet(from: $0) }, readsSound: !headersOnly)
      let report = check.run { done, total in
        status.show("Reading recordings: \(done) of \(total)")
      }
      status.finish()
      print(
        json ? String(decoding: try report.json(), as: UTF8.self) : report.text(), terminator: "")
      if report.errorCount > 0 { throw ExitCode(1) }
    }
  }
}
