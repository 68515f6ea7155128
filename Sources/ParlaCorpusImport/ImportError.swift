public import ParlaAudio
public import ParlaCorpus
public import ParlaFiles
public import ParlaTranscripts

/// What can go wrong when a corpus is imported.
public enum ImportError: DescribedError, Equatable {
  /// A file cannot be read or written.
  case file(FileError)
  /// A clip cannot be written.
  case audio(AudioError)
  /// The alphabet of a corpus cannot be made or written.
  case transcripts(TranscriptError)
  /// A manifest cannot be written.
  case corpus(CorpusError)

  // MARK: What is asked for

  /// No importer is named `name`; `nearest` is the closest.
  case unknownImporter(name: String, nearest: String?, known: [String])
  /// The corpora come from different places and cannot be imported together.
  case notTogether(names: [String])
  /// The folder for the result holds an import of other corpora, or of another source, that would be replaced.
  case otherImport(folder: String, corpora: [String], source: String?)
  /// The corpus has no recordings in `language`.
  case unsupportedLanguage(importer: String, language: String, supported: [String])
  /// The source has several languages, and none was chosen.
  case severalLanguages(source: String, languages: [String])
  /// The corpus has no set of that name.
  case unknownSet(name: String, known: [String])
  /// Columns were named, and there is no table of which they could be.
  case columnsWithoutTable(source: String, importer: String)
  /// The table names no such column.
  case unknownColumn(path: String, name: String, known: [String])
  /// A pattern of paths is none.
  case badPattern(pattern: String)
  /// No encoding has that name.
  case unknownEncoding(name: String, known: [String])
  /// The file has bytes that are no characters in its encoding, which was named or guessed.
  case notText(path: String, encoding: String)
  /// A line of a file with rules for texts says nothing.
  case badTextRule(path: String, line: Int, found: String)

  // MARK: Sources

  /// The result would be written among the source's files.
  case intoSource(folder: String)
  /// There is nothing at `path`.
  case noSource(path: String)
  /// The source is a single recording.
  case oneRecording(path: String)
  /// The name of a file, or of a folder of the source, is not UTF-8.
  case nameIsNoText(path: String)
  /// The folder with the unpacked recordings does not hold `expected`.
  case sourceLacks(folder: String, expected: String)
  /// The source does not look like the corpus.
  case notRecognised(source: String, importer: String, expected: String, guesses: [String])
  /// The source has no recordings that can be decoded, but other files: how many, by the endings of their names.
  case noRecordings(source: String, others: [String: Int])
  /// An archive cannot be read to its end, of which `member` was reached.
  case archiveBroken(path: String, member: String?, reason: String)
  /// A member of an archive would be unpacked outside the folder of the archive.
  case memberOutside(archive: String, member: String)
  /// More than `limit` archives are in each other.
  case archivesTooDeep(path: String, member: String, limit: Int)
  /// A text in an archive is larger than any table of a corpus.
  case textTooLarge(path: String)
  /// A file is not UTF-8, and its encoding cannot be detected.
  case unknownText(path: String)
  /// There is less room than the import needs.
  case noRoom(folder: String, needed: Int, free: Int)
  /// Nothing is left of the corpus after cleaning; `leftOut` says why, the most frequent reason first. Where the import `hasOptions`
  /// for texts and lengths, they are named.
  case nothingToImport(corpora: [String], leftOut: [ImportReport.LeftOut], hasOptions: Bool)

  // MARK: Downloads

  /// The corpus cannot be fetched by a program.
  case notFetchable(importer: String, known: [String])
  /// None of the corpus's files holds one of the sets.
  case nothingToFetch(importer: String, known: [String])
  /// A file that was fetched is not the one that was published.
  case wrongChecksum(path: String, found: String, expected: String)

  // MARK: Debian's packages

  /// A program that the import needs is not on this machine.
  case programMissing(program: String, purpose: String)
  /// A program failed.
  case programFailed(program: String, reason: String)
  /// APT knows no package of this name.
  case packageUnknown(name: String)
  /// A package could not be fetched.
  case downloadFailed(package: String, reason: String)
  /// A package file cannot be unpacked.
  case packageBroken(path: String, reason: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .audio(let error): error.description
    case .transcripts(let error): error.description
    case .corpus(let error): error.description
    case .programMissing(let program, let purpose):
      "\(program) is not on this machine; it \(purpose)."
    case .programFailed(let program, let reason):
      "\(program) failed: \(reason)."
    case .packageUnknown(let name):
      "apt-get knows no package \(name): its lists are missing or old, or this is not Debian. "
        + "Run apt-get update as root, then repeat."
    case .downloadFailed(let package, let reason):
      "\(package): cannot be downloaded: \(reason). "
        + "Check the network and repeat; what is there already is kept."
    case .packageBroken(let path, let reason):
      "\(path): cannot be unpacked: \(reason). Remove it and repeat to fetch it again."
    default: requestDescription ?? sourceDescription
    }
  }

  private var requestDescription: String? {
    switch self {
    case .unknownImporter(let name, let nearest, let known):
      "no corpus is called \"\(name)\". "
        + (nearest.map { "Did you mean \($0)? " } ?? "") + "There are \(list(known))."
    case .notTogether(let names):
      "\(list(names)): cannot be imported together. Import each by itself."
    case .otherImport(let folder, let corpora, let source):
      "\(folder): found another import (\(list(corpora))\(source.map { ", of \($0)" } ?? "")), expected none or "
        + "the same. Choose another --output."
    case .unsupportedLanguage(let importer, let language, let supported):
      "\(importer) has no recordings in \"\(language)\". It has \(list(supported))."
    case .severalLanguages(let source, let languages):
      "\(source): has several languages, \(list(languages)). Choose one with --language."
    case .unknownSet(let name, let known):
      "--sets: no set is called \"\(name)\". "
        + (known.isEmpty
          ? "These recordings are not divided into sets; repeat without --sets."
          : "There are \(list(known)).")
    case .columnsWithoutTable(let source, let importer):
      "\(source): --columns names columns, "
        + (importer == FolderImporter().name
          ? "and no table in it names its recordings. "
          : "which \(importer) does not need: it knows its tables. ")
        + "Repeat without --columns."
    case .unknownColumn(let path, let name, let known):
      "\(path): no column \"\(name)\". "
        + (known.isEmpty
          ? "Pass a number, counted from 1."
          : "The columns are \(list(known)); a number, counted from 1, works too.")
    case .badPattern(let pattern):
      "\"\(pattern)\" is not a regular expression. Put a \\ before literal ( [ { * + ? and ."
    case .unknownEncoding(let name, let known):
      "no encoding is called \"\(name)\". There are \(list(known))."
    case .notText(let path, let encoding):
      "\(path): found bytes that are no text in \(encoding), expected a text. Name its encoding, such as with "
        + "--encoding windows-1252, or save it as UTF-8."
    case .notFetchable(let importer, _) where importer == FolderImporter().name:
      "folder: stands for your own recordings, of which there is no download. Pass their folder or archive with --source."
    case .notFetchable(let importer, let known):
      "\(importer): cannot be fetched, since its makers ask for a licence, an account or a choice. Fetch it in a browser and pass it with "
        + "--source. --download has \(list(known))."
    case .nothingToFetch(let importer, let known):
      "\(importer): no file has these sets. There are \(list(known))."
    case .wrongChecksum(let path, let found, let expected):
      "\(path): has the SHA-256 \(found), expected \(expected). It was removed; repeat to fetch it again, or choose another --mirror."
    case .badTextRule(let path, let line, let found):
      "\(path):\(line): \"\(found)\", expected a rule such as \"letters ABC\", \"others blank|drop|refuse\" or "
        + "\"replace FROM TO\"; parla import rules LANGUAGE prints an example with all rules."
    default: nil
    }
  }

  private var sourceDescription: String {
    switch self {
    case .intoSource(let folder):
      "\(folder): is the source, expected another folder for the result. Choose another --output."
    case .noSource(let path):
      "\(path): there is no such file or folder. Pass the corpus, unpacked or as its archive, with --source."
    case .oneRecording(let path):
      "\(path): is a single recording, expected a folder or an archive of recordings with their texts. "
        + "Pass its folder, or transcribe it with parla transcribe."
    case .nameIsNoText(let path): "\(path): \(FileError.nameIsNoText)"
    case .sourceLacks(let folder, let expected):
      "\(folder): no \(expected) in it. Pass the folder into which the packages were unpacked "
        + "(the one that holds usr/)."
    case .notRecognised(let source, let importer, let expected, let guesses):
      "\(source): does not look like \(importer), which has \(expected). "
        + (guesses.isEmpty ? "" : "It looks like \(guesses.joined(separator: " or ")). ")
        + "Any folder of recordings with texts is imported by \"parla import folder\"."
    case .archiveBroken(let path, let member, let reason):
      "\(path): cannot be read to its end: \(reason)"
        + (member.map { ", found at its member \($0)" } ?? "")
        + ". Fetch it again; what an import has made of it before stays."
    case .memberOutside(let archive, let member):
      "\(archive): the member \(member) points outside the archive's folder. "
        + "Do not trust this archive; fetch it from where it was published."
    case .archivesTooDeep(let path, let member, let limit):
      "\(path): found another archive in it, \(member), expected at most \(limit) in each other. Unpack it, and pass the folder."
    case .textTooLarge(let path):
      "\(path): a text too large for memory, expected a table or transcripts. Unpack the archive, and pass the folder."
    case .unknownText(let path):
      "\(path): not UTF-8 text. Name its encoding, such as --encoding windows-1252."
    case .noRoom(let folder, let needed, let free):
      "\(folder): the import needs about \(Self.megabytes(needed)) and \(Self.megabytes(free)) are free. "
        + "Choose another --output, --audio flac, or unpack the corpus and keep its recordings where they are."
    case .noRecordings(let source, let others): Self.foundInstead(source, others)
    case .nothingToImport(let corpora, let leftOut, let hasOptions):
      "\(list(corpora)): nothing is left to import"
        + (leftOut.isEmpty
          ? ". It lists no samples."
          : " (\(leftOut.map { "\($0.count) × \($0.reason)" }.joined(separator: "; "))).")
        + ((hasOptions ? leftOut.first?.reason.advice : nil).map { " \($0)" } ?? "")
    default: ""
    }
  }

  private static func foundInstead(_ source: String, _ others: [String: Int]) -> String {
    let kinds = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
    let found = kinds.map { "\($0.value) \($0.key.isEmpty ? "without an ending" : ".\($0.key)")" }
    let advice =
      if let kind = kinds.first(where: { SourceFile.convertible.contains($0.key) })?.key {
        SourceFile.conversionAdvice(kind)
      } else if others.keys.contains(where: ColumnarFile.endings.contains) {
        ColumnarFile.advice
      } else if others.keys.contains(where: SourceFile.otherArchives.contains) {
        "Unpack it first, and pass the folder."
      } else {
        "Pass the folder or the archive that holds the recordings."
      }
    return
      "\(source): found \(found.isEmpty ? "nothing" : found.joined(separator: ", ")), expected recordings such as "
      + "\(SourceFile.soundEndings.prefix(5).map { ".\($0)" }.joined(separator: ", ")). \(advice)"
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
