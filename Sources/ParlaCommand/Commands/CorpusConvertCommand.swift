import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaFiles

/// `parla corpus convert` and `parla corpus merge`: corpora of any form into one of any form.
struct CorpusConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a corpus to another format.",
    discussion: """
      Reads CSV files, sample databases, Kaldi data folders, lhotse and NeMo manifests, audio folders of Hugging Face and tar \
      shards, and writes each of them. The target's extension (.csv, .sdb, .tar) or --to gives the format. Recordings stay \
      where they are, or are copied unchanged into formats that contain them, unless --audio says otherwise.

      EXAMPLES
        parla corpus convert train.csv train.sdb
        parla corpus convert train.sdb train.csv --audio flac
        parla corpus convert data/train manifest.jsonl --to nemo
        parla corpus convert train.csv noisy.csv \\
          --augment 'noise[source=noises,snr=10~5]'

      FORMS
      \(CorpusForms.summaries.map { "  \($0.name.padding(toLength: 12, withPad: " ", startingAt: 0))\($0.summary)" }.joined(separator: "\n"))
      """)

  @Argument(help: ArgumentHelp("The corpus.", valueName: "source"), completion: .file())
  var source: String

  @Argument(
    help: ArgumentHelp("The file or folder to write.", valueName: "target"), completion: .file())
  var target: String

  @OptionGroup var options: ConversionOptions

  func run() throws { try options.run([source], to: target) }
}

/// `parla corpus merge`.
struct CorpusMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge several corpora, in any formats, into one.",
    discussion: """
      EXAMPLES
        parla corpus merge own.csv bought.sdb --output train.csv --audio flac
        parla corpus merge 'a.csv[weight=2]' 'b.csv[seconds=1:10]' \\
          --output train.csv --without test.csv
        parla corpus merge train.csv --changes changes.csv --output clean.csv

      Brackets after a path set how often its samples are used (weight), how long they may be (seconds), and which \
      of them are used (samples, counted from 1). This works wherever Parla reads a corpus.
      """)

  @Argument(help: ArgumentHelp("The corpora.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    help: ArgumentHelp("The file or folder to write.", valueName: "path"), completion: .file())
  var output: String

  @OptionGroup var options: ConversionOptions

  func run() throws { try options.run(sources, to: output) }
}

/// The options of a conversion.
struct ConversionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The format to write (default: by the target's extension).", valueName: "form"))
  var to: String?

  @Option(
    name: [.long, .customLong("audio-type")],
    help: ArgumentHelp(
      "Recordings unchanged or converted: keep, wav, flac, opus (default: wav in sample databases, flac for changed recordings, else keep).",
      valueName: "form"))
  var audio: String?

  @Option(help: ArgumentHelp("The rate of recordings that are written again.", valueName: "hertz"))
  var sampleRate: Int?

  @Option(help: ArgumentHelp("Bits a second of Opus (default: Opus chooses).", valueName: "bits"))
  var bitrate: Int?

  @Option(
    help: ArgumentHelp(
      "The order of samples: listed, or length as in DeepSpeech (default: length in sample databases, else listed).",
      valueName: "order"))
  var order: String?

  @Flag(
    name: [.customLong("unlabelled"), .customLong("unlabeled")],
    help: "Leave the transcripts out.")
  var unlabelled = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Leave out recordings and sentences that occur in these corpora, such as the test set.",
      valueName: "corpus"), completion: .file())
  var without: [String] = []

  @Option(
    name: .customLong("changes"),
    help: ArgumentHelp(
      "Correct the transcripts, or leave samples out, as in this CSV, which the page of parla corpus clean saves.",
      valueName: "file"), completion: .file())
  var corrections: String?

  @OptionGroup var change: ChangeOptions

  @Option(
    help: "The progress of the training, from 0 to 1, for augmentations that depend on it.",
    transform: finite)
  var clock = 0.0

  @Flag(help: "Print the report as JSON.")
  var json = false

  func run(_ sources: [String], to target: String) throws {
    var conversion = CorpusConversion(
      sources, to: target, changes: try change.changes(clock: clock))
    conversion.form = to
    conversion.audio = try choice(audio, "--audio")
    conversion.order = try choice(order, "--order")
    conversion.labelled = unlabelled ? false : nil
    conversion.without = without
    conversion.corrections = corrections
    if let sampleRate {
      guard (1000...192_000).contains(sampleRate) else {
        throw ValidationError("--sample-rate \(sampleRate): expected 1000 to 192000.")
      }
      conversion.sampleRate = sampleRate
    }
    if let bitrate {
      guard (500...512_000).contains(bitrate) else {
        throw ValidationError("--bitrate \(bitrate): expected 500 to 512000.")
      }
      guard audio == "opus" else {
        throw ValidationError("--bitrate \(bitrate): only Opus has one. Add --audio opus.")
      }
      conversion.bitRate = bitrate
    }
    if clock != 0, change.specifications.isEmpty {
      Terminal.note("--clock has no effect without --augment")
    }
    let status = StatusLine()
    defer { status.clear() }
    let report = try conversion.run { done, total in
      status.show("Writing samples: \(done) of \(total)")
    }
    status.finish()
    if !report.inaudible.isEmpty {
      Terminal.note(
        "\(report.inaudible.joined(separator: ", ")): changes features, not sound, and is skipped."
      )
    }
    show(unused: report.unusedCorrections ?? [])
    guard !json else { return try JSONOutput.print(report) }
    print(
      "\(target): \(counted(report.samples, "sample")) as \(report.form)"
        + (report.corrected.map { ", \($0) corrected" } ?? "")
        + (report.leftOut > 0 ? ", \(report.leftOut) left out" : ""))
  }

  private func show(unused: [String]) {
    for place in unused.prefix(20) {
      Terminal.note(
        "\(place): found no row with this recording and the transcript in the column before; not applied."
      )
    }
    if unused.count > 20 { Terminal.note("… and \(unused.count - 20) more") }
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String?, _ option: String
  ) throws -> Choice? {
    guard let text else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(option) \(text): expected one of \(known).")
    }
    return choice
  }
}
