import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaCorpusImport
import ParlaFiles
import ParlaTranscripts

/// What is taken of a corpus from a folder or archives, and what is made of it.
struct ImportRuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep recordings as they are, or convert them: keep, flac, wav.", valueName: "form"))
  var audio = "keep"

  /// Whether all recordings are written again.
  var convertsRecordings: Bool { audio != "keep" }

  @Option(
    help: ArgumentHelp(
      "Sample rate of converted recordings and cut passages.", valueName: "hertz"))
  var sampleRate = 16000

  @Option(
    help: ArgumentHelp(
      """
      Train, dev and test of a corpus that has none: auto (by speaker, else by sentence), speaker, sentence, none (all is \
      train), original (as DeepSpeech's importer does). speaker, sentence and none divide a divided corpus again.
      """, valueName: "way"))
  var split = "auto"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Import only these sets of the corpus.", valueName: "set"))
  var sets: [String] = []

  @Option(
    help: ArgumentHelp(
      "Skip recordings whose path matches this regular expression; can be repeated.",
      valueName: "pattern"))
  var skip: [String] = []

  @Option(
    help: ArgumentHelp(
      "Shortest recording to keep. (default: 0.1 for folder, else the corpus's own, mostly 0)",
      valueName: "seconds"),
    transform: finite)
  var minSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Longest recording to keep; 0 for any. (default: 30 for folder, else the corpus's own)",
      valueName: "seconds"),
    transform: finite)
  var maxSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Minimum duration per character; 0 for none. (default: 20 for folder, else the corpus's own)",
      valueName: "milliseconds"),
    transform: finite)
  var characterMilliseconds: Double?

  @Option(
    help: ArgumentHelp(
      """
      How transcripts are cleaned: deepspeech (lower case, without .,;?!:\"; samples with digits or brackets are \
      skipped), letters (letters and \
      inner apostrophes only), lowercase, written, or a file of rules as parla import rules LANGUAGE prints them. \
      (default: letters for folder, else the corpus's own, mostly deepspeech)
      """, valueName: "way"))
  var text: String?

  @Flag(
    help: """
      Strip accents, and drop what then is not ASCII (DeepSpeech's --normalize; not parla train --normalize, \
      which unifies look-alikes).
      """)
  var normalize = false

  @Option(
    name: [.long, .customLong("filter-alphabet")],
    help: ArgumentHelp(
      "Skip samples with characters that this alphabet lacks: its file, or a model or Kurfile.",
      valueName: "file"), completion: .file())
  var alphabet: String?

  @Flag(
    name: [.long, .customLong("space-after-every-character")],
    help: "Put a space between all characters.")
  var spacedCharacters = false

  @Option(
    help: ArgumentHelp(
      "Columns of tables, by name or number: audio=NAME,text=NAME,speaker=NAME,set=NAME.",
      valueName: "names"))
  var columns: String?

  @Option(help: ArgumentHelp("Column separator: one character, or tab.", valueName: "sign"))
  var separator: String?

  @Option(help: ArgumentHelp("The encoding of texts, such as windows-1252.", valueName: "name"))
  var encoding: String?

  @Flag(help: "Skip passages whose speaker is unknown (swc).")
  var excludeUnknownSpeakers = false

  @Flag(help: "Skip passages whose article is unknown (swc).")
  var excludeUnknownArticles = false

  @Flag(help: "Read, divide and limit as DeepSpeech's or Coqui's importer of the corpus does.")
  var asOriginal = false

  @Option(
    help: ArgumentHelp("Write skipped samples, with reasons, to this CSV.", valueName: "file"),
    completion: .file())
  var leftOut: String?

  /// The settings that these options mean.
  func settings(language: String?) throws -> SourceImportSettings {
    var settings = SourceImportSettings()
    guard let form = AudioForm(rawValue: audio) else {
      throw ValidationError("--audio \(audio): expected keep, flac or wav.")
    }
    guard let way = SplitChoice(rawValue: split) else {
      throw ValidationError(
        "--split \(split): expected \(SplitChoice.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    guard (1000...192_000).contains(sampleRate) else {
      throw ValidationError("--sample-rate \(sampleRate): expected 1000 to 192000.")
    }
    settings.audio = form
    settings.sampleRate = sampleRate
    settings.split = way
    settings.asOriginal = asOriginal
    settings.sets = sets.flatMap { $0.split(separator: ",").map(String.init) }
    settings.skipped = skip
    settings.language = language
    settings.shortestSeconds = minSeconds
    settings.longestSeconds = maxSeconds.map { $0 == 0 ? .infinity : $0 }
    settings.millisecondsPerCharacter = characterMilliseconds
    settings.cleaner = try text.map(cleaner)
    settings.stripsAccents = normalize
    settings.alphabet = try alphabet.map { try Alphabet(from: $0) }
    settings.spacesCharacters = spacedCharacters
    settings.columns = try namedColumns()
    settings.encoding = try encoding.map { try TextEncoding(named: $0) }
    settings.separator = try separator.map(sign)
    settings.excludesUnknownSpeakers = excludeUnknownSpeakers
    settings.excludesUnknownArticles = excludeUnknownArticles
    return settings
  }

  private func cleaner(_ name: String) throws -> TextRules.Cleaner {
    switch name {
    case "deepspeech": .deepSpeech
    case "letters": .letters
    case "lowercase": .lowercase
    case "written": .asWritten
    default: .table(try TextTable(path: name))
    }
  }

  private func namedColumns() throws -> [String: String] {
    var named: [String: String] = [:]
    for pair in (columns ?? "").split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, ["audio", "text", "speaker", "set"].contains(parts[0]) else {
        throw ValidationError(
          "--columns \(pair): expected audio=NAME, text=NAME, speaker=NAME or set=NAME.")
      }
      named[parts[0]] = parts[1]
    }
    return named
  }

  private func sign(_ text: String) throws -> Character {
    if text == "tab" || text == "\\t" { return "\t" }
    guard let sign = text.first, text.count == 1, sign.isASCII else {
      throw ValidationError("--separator \(text): expected one character, or tab.")
    }
    return sign
  }

  /// Writes the list of `samples`, if one was asked for.
  func write(_ samples: [LeftOutSample]) throws {
    guard let leftOut else { return }
    try Manifest.write(
      samples.map { sample in
        Sample(
          audioPath: sample.name, transcript: sample.text,
          otherColumns: [
            "reason": sample.reason.rawValue, "detail": sample.detail,
            "sets": sample.sets.joined(separator: " "),
          ])
      }, to: leftOut)
  }
}
