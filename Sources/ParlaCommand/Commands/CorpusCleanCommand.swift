import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaTraining

/// `parla corpus clean`: the transcripts that are most probably wrong.
struct CorpusCleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Find wrong transcripts, the most doubtful first.",
    discussion: """
      A model compares each transcript with what it recognises. It finds more if it was not trained on the same samples: train \
      two models, each on one half, and let each check the other half. "Save changes" on the page gives changes.csv, which parla corpus \
      merge applies.

      EXAMPLES
        parla corpus clean train.csv --models model.safetensors --page doubtful.html
        parla corpus merge train.csv --changes changes.csv --output clean.csv
        parla corpus clean half1.csv half2.csv \\
          --models of-half2.safetensors of-half1.safetensors --output doubtful.csv
      """)

  @Argument(
    help: ArgumentHelp("The corpora, of any form.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "One model for all corpora, or one for each, in their order.", valueName: "model"),
    completion: .file())
  var models: [String]

  @Option(
    help: ArgumentHelp(
      "How many samples are written and shown (default: 100; with --output or --page, 10 of them are shown).",
      valueName: "number"))
  var count: Int?

  @Option(
    help: ArgumentHelp("Write the samples to this CSV.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write a page on which one can listen to the samples and correct them.", valueName: "file"),
    completion: .file())
  var page: String?

  @Flag(
    help: "Print the samples as JSON, without doubt where a recording is too short for its text.")
  var json = false

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard models.count == 1 || models.count == sources.count else {
      throw ValidationError(
        "--models: found \(models.count) models for \(sources.count) corpora, expected one, or one for each."
      )
    }
    if let count, count < 1 {
      throw ValidationError("--count \(count): expected 1 or more.")
    }
  }

  /// A sample as it is printed.
  private struct Row: Encodable {
    let path: String
    let transcript: String
    let recognized: String
    let doubt: Double?

    enum CodingKeys: String, CodingKey {
      case path, transcript, doubt
      case recognized = "heard"
    }
  }

  func run() throws {
    let status = StatusLine()
    defer { status.clear() }
    let loaded = try models.map { try CheckpointChoice.auto.model(at: $0, alphabet: nil) }
    let review = try TranscriptReview(
      of: sources.enumerated().map { ($0.element, loaded[min($0.offset, loaded.count - 1)]) },
      threadCount: threads.count
    ) { done, total in status.show("Recognising: \(done) of \(total)") }
    status.finish()
    if !review.leftOut.isEmpty {
      Terminal.note(
        "Left out \(counted(review.leftOut.count, "sample")), such as \(review.leftOut.first ?? "")"
      )
    }
    let count = self.count ?? 100
    if let output { try review.write(first: count, to: output) }
    if let page {
      try AtomicFile.write(Data(try review.page(first: count).utf8), to: page)
    }
    let shown = review.samples.prefix(count)
    guard !json else {
      return try JSONOutput.print(
        shown.map {
          Row(
            path: $0.audioPath, transcript: $0.said, recognized: $0.recognized,
            doubt: $0.doubt.isFinite ? $0.doubt : nil)
        })
    }
    let printed = self.count == nil && (output != nil || page != nil) ? 10 : count
    for sample in shown.prefix(printed) {
      print(
        "\(rounded(sample.doubt, 2))  \(sample.audioPath)\n  said:       \(sample.said.trimmed)\n  recognised: \(sample.recognized.trimmed)"
      )
    }
  }
}
