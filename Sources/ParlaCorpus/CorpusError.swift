public import ParlaAudio
public import ParlaFiles

/// Errors of corpora.
public enum CorpusError: DescribedError, Equatable {
  /// A file cannot be read or written.
  case file(FileError)

  // MARK: Manifests

  /// The field at `line` has bytes that are not UTF-8.
  case notUTF8(path: String, line: Int)
  /// The sample at `line` has the character NUL, which ends paths, in its path or its transcript.
  case zeroByte(path: String, line: Int)
  /// The file is empty.
  case noHeader(path: String)
  /// The header names no column `missing`.
  case missingColumns(path: String, missing: [String], found: [String])
  /// The header names a column twice.
  case duplicateColumn(path: String, name: String)
  /// The row at `line` has more or fewer fields than the header.
  case fieldCount(path: String, line: Int, found: Int, expected: Int)
  /// The quote that opens at `line` never closes.
  case unterminatedQuote(path: String, line: Int)
  /// There is text between a closing quote and the next comma.
  case textAfterQuote(path: String, line: Int)
  /// The row at `line` names no recording.
  case noPath(path: String, line: Int)
  /// The file size at `line` is no number.
  case badSize(path: String, line: Int, found: String)
  /// The entry at `line` is none that the form has.
  case badEntry(path: String, line: Int, found: String, expected: String)
  /// Several rows cannot be read.
  case badRows(path: String, [CorpusError])
  /// The file has a header only.
  case noSamples(path: String)

  // MARK: Forms

  /// A folder is in no known format.
  case noForm(folder: String, names: [String])
  /// The file is Parquet or Arrow, or the folder holds such files.
  case columnar(path: String)
  /// No form is called so.
  case unknownForm(name: String, known: [String])
  /// Nothing in the name of a file to write says in what form.
  case namelessForm(path: String, known: [String])
  /// A folder has several lists, and none was selected.
  case severalParts(path: String, names: [String])
  /// A file that belongs to the form is not there.
  case missingFile(folder: String, name: String)
  /// A file is incomplete, or not what it seems.
  case damaged(path: String, reason: String)
  /// A list names a program instead of a recording.
  case command(path: String, line: Int, command: String)
  /// The text in brackets after a path is not a selection.
  case badSelection(path: String, found: String)
  /// The form names files, and the recording is a part of one.
  case needsSound(recording: String, form: String)
  /// The format does not support recordings as `found`.
  case badAudio(form: String, found: String, known: [String])
  /// The folder for recordings already has others.
  case folderExists(path: String)
  /// The brackets after a path select none of its `count` samples.
  case emptySelection(path: String, count: Int)
  /// All `count` samples of the corpora are in those that must be kept apart.
  case nothingApart(paths: [String], count: Int)
  /// Some samples have transcripts, and others have none.
  indirect case partlyLabelled(CorpusError)
  /// A corpus would be replaced by what is made of it.
  case targetIsSource(path: String)
  /// A recording cannot be read.
  case recording(AudioError)
  /// Files cannot be downloaded; the first of them, and their number.
  case notFetched(address: String, reason: String, count: Int, total: Int)
  /// An address of the web that no file has.
  case badAddress(address: String)
  /// There is no sample at an index.
  case noSample(path: String, index: Int, count: Int)
  /// No program that plays sound is on this machine.
  case noPlayer(known: [String])
  /// A program that plays sound did not.
  case playerFailed(program: String, status: Int)

  /// The folder for the parts of a corpus has files of the same names that are not those of the same corpus.
  case otherSplit(folder: String, names: [String])
  /// The sizes of the parts make no sense.
  case badPartSizes(dev: Double, test: Double)
  /// A name that may be there once is there twice; `line` is 0 where there are no lines.
  case duplicateKey(path: String, line: Int, key: String, found: String, first: String)
  /// An archive has the files `names`, and no recording with its transcript.
  case noRecordings(path: String, names: [String])

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .notUTF8(let path, let line):
      "\(path):\(line): not UTF-8 text. Save the table as \"CSV UTF-8\"."
    case .zeroByte(let path, let line):
      "\(path):\(line): found the byte 0, which no path and no transcript has. The file is damaged, or UTF-16: "
        + "save the table as \"CSV UTF-8\", or copy it again."
    case .noHeader(let path):
      "\(path): empty, expected a header such as wav_filename,wav_filesize,transcript."
    case .missingColumns(let path, let missing, let found):
      "\(path): no column \(list(missing)); the columns found are \(list(found)). "
        + Self.advice(header: found, of: path)
    case .duplicateColumn(let path, let name):
      "\(path): the header names the column \(name) twice. Remove one."
    case .fieldCount(let path, let line, let found, let expected):
      "\(path):\(line): \(counted(found, "field")), the header has \(expected). "
        + "Put a transcript with commas in double quotes."
    case .unterminatedQuote(let path, let line):
      "\(path):\(line): a double quote opens here and never closes. "
        + "Close it, or write \"\" for a quote inside a quoted field."
    case .textAfterQuote(let path, let line):
      "\(path):\(line): text after a closing double quote, expected a comma or the line's end. "
        + "Write \"\" for a quote inside a quoted field."
    case .noPath(let path, let line):
      "\(path):\(line): wav_filename is empty, expected the path of a recording."
    case .badSize(let path, let line, let found):
      "\(path):\(line): wav_filesize is \"\(found)\", expected a number of bytes or nothing."
    case .badEntry(let path, let line, let found, let expected):
      "\(path)\(line > 0 ? ":\(line)" : ""): found \(found), expected \(expected). Correct the line, or remove it."
    case .badRows(let path, let problems):
      "\(path): \(problems.count) rows cannot be read:\n"
        + problems.prefix(20).map { "  \($0.description)" }.joined(separator: "\n")
        + (problems.count > 20 ? "\n  … and \(problems.count - 20) more" : "")
    case .noSamples(let path):
      "\(path): a header and no rows, expected a row for each recording."
    case .otherSplit(let folder, let names):
      "\(folder): found \(list(names)), which no split of these corpora has written, expected none. Choose another --output."
    case .badPartSizes(let dev, let test):
      "shares of \(dev) for dev and \(test) for test, expected positive numbers that leave "
        + "something for train, such as 0.1 and 0.1."
    default: formDescription ?? ""
    }
  }

  private var formDescription: String? {
    switch self {
    case .notFetched(let address, let reason, let count, let total):
      "\(address): cannot be downloaded: \(reason)\(total > 1 ? " (\(count) of \(total) files)" : ""). Check the address and the "
        + "network and repeat; finished parts are kept."
    case .badAddress(let address):
      "\(address): not an address of a file, expected https://HOST/PATH/NAME."
    case .noForm(let folder, let names) where names.contains(where: Self.isTable):
      "\(folder): a folder, expected a file. It has tables: pass "
        + list(names.filter(Self.isTable).map(folder.appendingName))
    case .noForm(let folder, let names):
      "\(folder): a folder with \(names.isEmpty ? "nothing" : list(Array(names.prefix(5)))) in it, expected wav.scp (Kaldi), "
        + "metadata.csv (Hugging Face), cuts.jsonl.gz (lhotse) or tar shards. Name a file, or make a CSV of it: "
        + "parla import folder --source \(folder) --output DIR"
    case .columnar(let path): "\(path): \(ColumnarFile.advice)"
    case .unknownForm(let name, let known):
      "there is no corpus format \"\(name)\", expected \(list(known))."
    case .namelessForm(let path, let known):
      "\(path): \(path.fileExtension.isEmpty ? "no extension names a format" : "the extension names no format"). "
        + "Use .csv, .sdb or .tar, or pass --to with one of \(list(known))."
    case .severalParts(let path, let names):
      "\(path): found several lists, \(list(names)), expected one. Pass one of them: \(path)/\(names.first ?? "")"
    case .missingFile(let folder, let name):
      "\(folder): found no \(name), which has the transcripts. Add it, or pass another corpus."
    case .damaged(let path, let reason):
      "\(path): cannot be used: \(reason). Create or download it again."
    case .command(let path, let line, let command):
      "\(path):\(line): found \"\(command)\", expected the path of a recording; programs are not run. "
        + "Convert the recordings to files and name these."
    case .badSelection(let path, let found):
      "\(path): found \(found) in brackets, expected weight=2, seconds=1:15 or samples=1:1000, with commas between, as in "
        + "train.csv[weight=2,seconds=1:15]."
    case .emptySelection(let path, let count):
      "\(path): the brackets select none of its \(counted(count, "sample")). Widen samples= or seconds=."
    case .nothingApart(let paths, let count):
      "\(list(paths)): each of the \(counted(count, "sample")) has a recording or sentence of --without, expected others too. "
        + "Name other corpora."
    case .partlyLabelled(let problem):
      "\(problem)\("\(problem)".hasSuffix(".") ? "" : ".") Or pass --unlabelled, to convert all without their transcripts."
    case .targetIsSource(let path):
      "\(path): both a source and the target, expected another target. Write to a new path."
    case .needsSound(let recording, let form):
      "\(recording): a part of a file, which \(form) cannot refer to. Write new recordings with --audio flac."
    case .badAudio(let form, let found, let known):
      "--audio \(found): \(form) does not support that, expected \(list(known))."
    case .folderExists(let path):
      "\(path): already has files, expected an empty folder for recordings. Remove it, or name another target."
    case .recording(let error): error.description
    case .noSample(let path, let index, let count):
      "\(path): found no sample \(index), expected 0 to \(count - 1), or -1 to \(-count) from the end."
    case .noPlayer(let known):
      "found no program that plays sound, expected one of \(list(known)). Install one, such as with apt-get install alsa-utils, "
        + "or write a file with --output."
    case .playerFailed(let program, let status):
      "\(program): ended with status \(status). Check the sound device, or write a file with --output."
    case .duplicateKey(let path, let line, let key, let found, let first):
      "\(path)\(line > 0 ? ":\(line)" : ""): found \(found) for \"\(key)\" after \(first), expected one. Remove or rename one."
    case .noRecordings(let path, []):
      "\(path): an archive without files, expected recordings with transcripts. Create or download it again."
    case .noRecordings(let path, let names):
      "\(path): an archive of \(list(Array(names.prefix(5))))\(names.count > 5 ? " and \(names.count - 5) more" : ""), expected "
        + "recordings such as a.wav, each with a.txt or a.json. What follows the first dot of a name is its kind: write _ for "
        + "other dots."
    default: nil
    }
  }

  /// What to do with a table whose first line is `found`, which may be divided otherwise.
  private static func advice(header found: [String], of path: String) -> String {
    let folder = path.folderPath.isEmpty ? "." : path.folderPath
    let command = "parla import folder --source \(folder) --output DIR"
    if found.count == 1, let separator = [";", "\t", "|"].first(where: found[0].contains) {
      return
        "Its separator is \(separator == "\t" ? "a tab" : "\"\(separator)\""), expected a comma. Such tables are read by "
        + "\(command)"
    }
    return "Name them in the first line, with commas between, or import the table: "
      + "\(command) --columns audio=NAME,text=NAME"
  }

  private static func isTable(_ name: String) -> Bool { name.fileExtension.lowercased() == "csv" }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
