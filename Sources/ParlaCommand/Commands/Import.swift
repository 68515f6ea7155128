import ArgumentParser
import Foundation
import ParlaCorpus

/// `parla import`: recordings of a corpus into a folder that a model can be trained on.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Import recordings with their texts, ready for training.",
    discussion: """
      Fetches the recordings that Debian ships (no root needed), cleans their texts, converts \
      them to 16 kHz WAV and divides them by sentence into train, dev and test. Several corpora \
      of one language can be imported together. It is safe to repeat: what is there stays.

      EXAMPLES
        parla import --list
        parla import asterisk tuxpaint --language ru --output russian
        parla train --train-files russian/train.csv --dev-files russian/dev.csv

      The output folder then holds clips/, train.csv, dev.csv, test.csv, alphabet.txt and \
      import-report.json, which says what was left out and why. Where there is no apt-get, unpack \
      the packages on a Debian machine with dpkg -x and pass the folder with --source.
      """)

  @Argument(help: ArgumentHelp("What to import: see --list.", valueName: "corpus"))
  var corpora: [String] = []

  @Flag(help: "List the corpora with their languages and packages.")
  var list = false

  @Option(help: ArgumentHelp("The language, such as en, fr, ru.", valueName: "code"))
  var language: String?

  @Option(help: ArgumentHelp("Where the result goes.", valueName: "folder"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Take the recordings from here, where the packages were unpacked, and fetch nothing.",
      valueName: "folder"))
  var source: String?

  @Option(
    help: ArgumentHelp(
      "Keep the fetched packages here (default: OUTPUT/downloads).", valueName: "folder"))
  var downloads: String?

  @Option(
    help: ArgumentHelp("About which share of the sentences goes to dev.", valueName: "share"),
    transform: finite)
  var devShare = 0.1

  @Option(
    help: ArgumentHelp("About which share of the sentences goes to test.", valueName: "share"),
    transform: finite)
  var testShare = 0.1

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    if list { return }
    if corpora.isEmpty { throw ValidationError("Name a corpus; parla import --list shows them.") }
    if language == nil { throw ValidationError("Choose a language with --language.") }
    if output == nil { throw ValidationError("Choose where the result goes with --output.") }
  }

  func run() throws {
    guard !list, let language, let output else { return print(listing, terminator: "") }
    var corpusImport = try CorpusImport(
      importers: corpora.map { try ImporterList.named($0) }, language: language.lowercased(),
      outputFolder: output)
    corpusImport.sourceFolder = source
    corpusImport.downloadFolder = downloads ?? corpusImport.downloadFolder
    corpusImport.split = try SentenceSplit(devShare: devShare, testShare: testShare)
    let status = StatusLine()
    defer { status.clear() }
    let report = try corpusImport.run { progress in status.show(Self.text(for: progress)) }
    status.clear()
    print(json ? String(decoding: try report.json(), as: UTF8.self) : report.text, terminator: "")
  }

  private var listing: String {
    ImporterList.all.map { importer in
      """
      \(importer.name): \(importer.summary)
        languages: \(importer.languages.joined(separator: " "))
        licence:   \(importer.licence)
        packages:  \(importer.packages(for: "LL").joined(separator: ", "))

      """
    }.joined()
  }

  private static func text(for progress: ImportProgress) -> String {
    switch progress {
    case .fetching(let package, let receivedBytes, let byteCount):
      let whole = byteCount.map { " of \(rounded(Double($0) / 1e6, 1))" } ?? ""
      return "Fetching \(package): \(rounded(Double(receivedBytes) / 1e6, 1))\(whole) MB"
    case .unpacking(let package): return "Unpacking \(package)"
    case .converting(let done, let total): return "Converting recordings: \(done) of \(total)"
    }
  }
}
