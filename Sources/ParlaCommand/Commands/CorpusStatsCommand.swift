import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaTraining

/// `parla corpus stats`: what a corpus is like.
struct CorpusStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show the size, the texts and the sound of a corpus.",
    discussion: """
      Hours, speakers, words, characters, lengths, speed of speech, loudness, clipping and signal to noise.

      EXAMPLE
        parla corpus stats train.csv --picture train.svg
      """)

  @Argument(
    help: ArgumentHelp("The corpora, of any form.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    help: ArgumentHelp("Draw lengths, speeds and noise as SVG.", valueName: "file"),
    completion: .file())
  var picture: String?

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let status = StatusLine()
    defer { status.clear() }
    let statistics = try CorpusStatistics(of: sources) { done, total in
      status.show("Reading recordings: \(done) of \(total)")
    }
    status.finish()
    if let picture, let drawing = drawing(of: statistics) {
      try AtomicFile.write(Data(drawing.utf8), to: picture)
    }
    guard !json else { return try JSONOutput.print(statistics) }
    print(statistics.text, terminator: "")
  }

  private func drawing(of statistics: CorpusStatistics) -> String? {
    ChartFile.svg(
      title: sources.joined(separator: ", "),
      charts: [
        ("recordings by length", "seconds", points(statistics.secondsHistogram)),
        ("recordings by speed", "characters a second", points(statistics.speedHistogram)),
        ("recordings by signal to noise", "dB", points(statistics.noiseHistogram)),
      ])
  }

  private func points(_ histogram: CorpusStatistics.Histogram) -> [ChartFile.Point] {
    histogram.counts.enumerated().map { index, count in
      (histogram.start + (Double(index) + 0.5) * histogram.step, Double(count))
    }
  }
}
