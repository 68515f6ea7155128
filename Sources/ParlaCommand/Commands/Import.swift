import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaCorpusImport
import ParlaFiles

/// `parla import`: recordings of a corpus into a folder that a model can be trained on.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import recordings with their texts, ready for training.",
    discussion: """
      Takes any folder or archive of recordings with texts, or one of many public corpora \
      as downloaded: folders, tar, zip, nested archives. Recordings stay \
      where they are (--audio keep); archives are unpacked. Transcripts are cleaned; unusable samples \
      are skipped and counted; the corpus's own train/dev/test split is kept, or one is made by \
      speaker or sentence. Run the same command again to resume an interrupted import.

      EXAMPLES
        parla import --list
        parla import guess cv-corpus-21.0-2025-03-14-it.tar.gz
        parla import common-voice --source cv-corpus-21.0-2025-03-14-it.tar.gz \\
          --output italian
        parla import librispeech --download --sets dev-clean test-clean \\
          --output english
        parla import folder --source recordings --output own \\
          --columns text=satz,audio=datei
        parla import rules it > italian.rules
        parla import folder --source recordings --output own --text italian.rules
        parla import asterisk tuxpaint --language ru --output russian
        parla train --train-files russian/train.csv --dev-files russian/dev.csv

      The output folder then contains train.csv, dev.csv, test.csv (and a CSV for each other set of \
      the corpus), alphabet.txt and import-report.json, which lists what was skipped and why; \
      and clips/ with recordings that were unpacked, cut or converted. Each import has an output folder \
      of its own; another one there is refused.

      Corpora that Debian ships are downloaded (no root needed) and converted to 16 kHz WAV. Where \
      apt-get is missing, unpack the packages on a Debian machine with dpkg -x and pass the \
      folder with --source.
      """)

  @Argument(
    help: ArgumentHelp(
      "What to import: see --list. \"guess PATH\" identifies PATH, \"rules LANGUAGE\" prints text rules.",
      valueName: "corpus"), completion: .list(ImporterList.all.map(\.name) + ["guess", "rules"]))
  var corpora: [String] = []

  @Flag(help: "List the corpora.")
  var list = false

  @Option(help: ArgumentHelp("The language, such as en, fr, ru.", valueName: "code"))
  var language: String?

  @Option(
    help: ArgumentHelp("The folder for the result.", valueName: "folder"), completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The corpus: its folder or archive, or a folder of its archives. For Debian's: where the packages were unpacked.",
      valueName: "path"), completion: .file())
  var source: String?

  @OptionGroup(title: "CORPORA FROM FOLDERS AND ARCHIVES") var rules: ImportRuleOptions

  @Flag(
    help: "Download the corpus, if that is free; resumes, and keeps files.")
  var download = false

  @Option(
    help: ArgumentHelp("Download the corpus from this address instead.", valueName: "address"))
  var mirror: String?

  @Option(
    help: ArgumentHelp(
      "Keep downloaded packages and archives here (default: OUTPUT/downloads).", valueName: "folder"
    ), completion: .directory)
  var downloads: String?

  @Option(
    help: ArgumentHelp(
      "Approximate share of sentences for dev (Debian's corpora only).", valueName: "share"),
    transform: finite)
  var devShare = 0.1

  @Option(
    help: ArgumentHelp(
      "Approximate share of sentences for test (Debian's corpora only).", valueName: "share"),
    transform: finite)
  var testShare = 0.1

  @Flag(help: "Print the report as JSON.")
  var json = false

  private var isGuess: Bool { corpora.first == "guess" }
  private var asksForRules: Bool { corpora.first == "rules" }

  func validate() throws {
    if list { return }
    if corpora.isEmpty { throw ValidationError("Name a corpus; parla import --list shows them.") }
    if isGuess {
      guard corpora.count == 2 else { throw ValidationError("Write parla import guess PATH.") }
      return
    }
    if asksForRules {
      guard corpora.count == 2 else {
        throw ValidationError(
          "Write parla import rules LANGUAGE, such as \(LanguageTables.languages.joined(separator: ", "))."
        )
      }
      return
    }
    // An unknown name is reported first, with the nearest.
    if output == nil, corpora.allSatisfy({ (try? ImporterList.named($0)) != nil }) {
      throw ValidationError("Choose the folder for the result with --output.")
    }
  }

  func run() throws {
    if list { return print(listing, terminator: "") }
    if isGuess {
      let name = try guess(corpora[1])
      print(name)
      Terminal.note("Import it with: parla import \(name) --source \(corpora[1]) --output FOLDER")
      return
    }
    if asksForRules {
      return print(LanguageTables.text(corpora[1].lowercased()), terminator: "")
    }
    let importers = try corpora.map { try ImporterList.named($0) }
    let debian = importers.compactMap { $0 as? any DebianImporter }
    if debian.count == importers.count { return try importPackages(debian) }
    guard importers.count == 1 else {
      throw ImportError.notTogether(names: importers.map(\.name))
    }
    guard let output else {
      throw ValidationError("Choose the folder for the result with --output.")
    }
    let status = StatusLine()
    defer { status.clear() }
    let source = try source ?? fetched(importers[0].name, status)
    let sourceImport = try SourceImport(
      importers[0].name, source: source, outputFolder: output,
      settings: try rules.settings(language: language))
    let result = try sourceImport.run { progress in
      if case .leftOut(_, let reason) = progress { return status.note(reason) }
      status.show(Self.text(for: progress, converts: rules.convertsRecordings))
    }
    status.finish()
    try rules.write(result.leftOut)
    try show(result.report)
  }

  /// The folder of the archives that were fetched.
  private func fetched(_ name: String, _ status: StatusLine) throws -> String {
    guard download else {
      throw ValidationError("Pass the location of \(name) with --source.")
    }
    let folder = downloads ?? "\(output ?? "")/downloads"
    let sets = rules.sets.flatMap { $0.split(separator: ",").map(String.init) }
    try CorpusDownload(of: name, sets: sets, mirror: mirror).run(
      into: folder, progress: { file in status.show("Fetching \(file)") })
    return folder
  }

  private func importPackages(_ importers: [any DebianImporter]) throws {
    guard let language, let output else {
      throw ValidationError("Choose a language with --language.")
    }
    var corpusImport = try CorpusImport(
      importers: importers, language: language.lowercased(), outputFolder: output)
    corpusImport.sourceFolder = source
    corpusImport.downloadFolder = downloads ?? corpusImport.downloadFolder
    corpusImport.split = try SentenceSplit(devShare: devShare, testShare: testShare)
    let status = StatusLine()
    defer { status.clear() }
    let report = try corpusImport.run { progress in status.show(Self.text(for: progress)) }
    status.finish()
    try show(report)
  }

  private func show(_ report: ImportReport) throws {
    report.warnings.forEach(Terminal.note)
    print(json ? String(decoding: try report.json(), as: UTF8.self) : report.text, terminator: "")
  }

  private func guess(_ path: String) throws -> String {
    let tree = try SourceTree(path)
    if tree.isOneRecording { throw ImportError.oneRecording(path: path) }
    guard let first = ImporterList.guesses(for: tree).first else { throw tree.lackOfRecordings }
    return first
  }

  private var listing: String {
    ImporterList.all.map { importer in
      var lines = ["\(importer.name): \(importer.summary)", "  licence:   \(importer.licence)"]
      if let debian = importer as? any DebianImporter {
        lines.insert("  languages: \(debian.languages.joined(separator: " "))", at: 1)
        lines.append("  packages:  \(debian.packages(for: "LL").joined(separator: ", "))")
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined()
  }

  private static func text(for progress: ImportProgress, converts: Bool = true) -> String {
    switch progress {
    case .listing(let source): return "Looking through \(source)"
    case .planned(let recordings, let byteCount, let free):
      let room = free.map { ", \($0 / 1_000_000) MB are free" } ?? ""
      return
        "\(counted(recordings, "recording")), about \(byteCount / 1_000_000) MB to write\(room)"
    case .fetching(let package, let receivedBytes, let byteCount):
      let whole = byteCount.map { " of \(rounded(Double($0) / 1e6, 1))" } ?? ""
      return "Downloading \(package): \(rounded(Double(receivedBytes) / 1e6, 1))\(whole) MB"
    case .leftOut(_, let reason): return reason
    case .unpacking(let package): return "Unpacking \(package)"
    case .converting(let done, let total):
      return "\(converts ? "Converting" : "Checking") recordings: \(done) of \(total)"
    }
  }
}
