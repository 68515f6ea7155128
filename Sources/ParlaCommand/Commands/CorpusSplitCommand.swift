import ArgumentParser
import ParlaCorpus

/// `parla corpus split`: train, dev and test of a corpus that has none.
struct CorpusSplitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Split a corpus into train.csv, dev.csv and test.csv.",
    discussion: """
      No speaker is in two parts, if enough speakers are known; otherwise no sentence is. Dev and test are as large as a \
      confidence of 99 % with a margin of 1 % requires, but at most about a tenth of the samples each; whole speakers \
      are moved, so with few speakers they are larger.

      Where a sample goes depends only on its speaker or sentence, so that splitting a part again gives uneven parts: \
      pass all rows together. split-report.json records what was split; only files of an \
      earlier split of the same corpora are replaced.

      EXAMPLE
        parla corpus split all.csv --output divided
      """)

  @Argument(
    help: ArgumentHelp("The corpora, of any form.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    help: ArgumentHelp("The folder for train.csv, dev.csv and test.csv.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(help: ArgumentHelp("auto, speaker or sentence.", valueName: "way"))
  var by = "auto"

  @Flag(help: "Print the numbers of samples as JSON.")
  var json = false

  func run() throws {
    let ways: [SplitChoice] = [.auto, .speaker, .sentence]
    guard let way = SplitChoice(rawValue: by), ways.contains(way) else {
      throw ValidationError("--by \(by): expected auto, speaker or sentence.")
    }
    let counts = try CorpusDivision.write(sources, to: output, by: way)
    for (name, count) in [("train", counts.train), ("dev", counts.dev), ("test", counts.test)]
    where count == 0 {
      Terminal.note(
        "no samples are left for \(name).csv: there are too few different sentences or speakers to divide"
      )
    }
    guard !json else { return try JSONOutput.print(counts) }
    print("train \(counts.train), dev \(counts.dev), test \(counts.test)")
  }
}
