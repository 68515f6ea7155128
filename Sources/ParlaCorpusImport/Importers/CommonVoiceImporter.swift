import ParlaFiles

/// Mozilla's Common Voice in all its layouts.
///
/// From version 2 on a folder for each language holds `train.tsv`, `dev.tsv`, `test.tsv`, `validated.tsv`, `other.tsv` and
/// `clips/`, those of what is new in a version (`delta`) no parts; version 1 has `cv-valid-train.csv` and others next to
/// folders of those names; spontaneous speech a table `ss-corpus-LL.tsv` and `audios/`; Hugging Face's copy `transcript/LL/train.tsv`
/// and `audio/LL/train/LL_train_0.tar`.
struct CommonVoiceImporter: StreamedImporter {
  let name = "common-voice"
  let summary = "Common Voice, all versions; over a hundred languages"
  let licence = "CC0"
  let layout = "train.tsv, validated.tsv and others next to a folder clips, or cv-valid-train.csv"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0...10, millisecondsPerCharacter: 20)

  /// In the order in which the original looks at them.
  private static let sets = ["test", "dev", "train", "validated", "other"]

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private struct Table {
    let path: String
    let set: String?
    let isFirstVersion: Bool
  }

  private func tables(in tree: SourceTree) -> [Table] {
    let folders = Set(tree.paths(ending: ".tsv").map(\.folderPath)).sorted()
    var tables = folders.flatMap { folder in
      Self.sets.compactMap { set -> Table? in
        let path = folder.appendingName("\(set).tsv")
        return tree.has(path) ? Table(path: path, set: set, isFirstVersion: false) : nil
      }
    }
    // A folder of other corpora may have a train.tsv too, but no clips.
    tables = tables.filter { table in
      let folder = table.path.folderPath
      let clips = folder.appendingName("clips/")
      return folder.folderPath.fileName == "transcript"
        || tree.files.contains { $0.path.hasPrefix(clips) }
    }
    for path in tree.paths(ending: ".csv", ".tsv") {
      let stem = path.fileStem
      if stem.hasPrefix("cv-"), path.ending == "csv" {
        let set = stem.replacing("cv-valid-", with: "").replacing("cv-", with: "")
        tables.append(Table(path: path, set: set, isFirstVersion: true))
      } else if stem.hasPrefix("ss-corpus") {
        tables.append(Table(path: path, set: nil, isFirstVersion: false))
      }
    }
    return tables
  }

  func eachSample(
    in tree: SourceTree, _ request: ListingRequest,
    _ take: (ListedSample) throws(ImportError) -> Void
  ) throws(ImportError) -> [ImportReport.TableColumns] {
    let tables = try tree.inOneLanguage(tables(in: tree), of: name, asked: request.language) {
      $0.isFirstVersion ? "en" : $0.path.folderPath.fileName
    }
    let isDivided = tables.contains { ["train", "dev", "test"].contains($0.set) }
    for table in tables {
      let isOpen = !isDivided && !request.asOriginal && table.set == "validated"
      try eachSample(of: table, in: tree, request) { sample throws(ImportError) in
        var sample = sample
        if isOpen { sample.sets = [] }
        try take(sample)
      }
    }
    return []
  }

  private func eachSample(
    of table: Table, in tree: SourceTree, _ request: ListingRequest,
    _ take: (ListedSample) throws(ImportError) -> Void
  ) throws(ImportError) {
    let folder = table.path.folderPath.appendingName(
      table.isFirstVersion ? "" : table.set == nil ? "audios" : "clips")
    var columns: Columns?
    try tree.eachRow(
      of: table.path, encoding: request.encoding,
      separator: table.path.ending == "csv" ? .comma : .tab,
      quoting: request.asOriginal ? .python : .closed
    ) { row throws(ImportError) in
      guard let columns else {
        columns = try Columns(header: row, of: table.path)
        return
      }
      func value(_ index: Int?) -> String {
        index.map { row.indices.contains($0) ? row[$0] : "" } ?? ""
      }
      let name = value(columns.path).trimmed
      let recording = folder.trimmingSlash.appendingName(name)
      let set = table.set ?? (value(columns.split).isEmpty ? nil : value(columns.split))
      let speaker = value(columns.speaker)
      try take(
        ListedSample(
          tree.recording(recording) ?? tree.recording(named: name.fileName) ?? recording,
          text: value(columns.sentence).trimmed,
          speaker: speaker.isEmpty ? nil : speaker, sets: set.map { [$0] } ?? []))
    }
  }

  /// Which columns of a table hold what.
  private struct Columns {
    let path: Int
    let sentence: Int
    let speaker: Int?
    let split: Int?

    init(header: [String], of table: String) throws(ImportError) {
      let names = header.map { $0.trimmed.lowercased() }
      func column(_ choices: String...) throws(ImportError) -> Int {
        for choice in choices {
          if let index = names.firstIndex(of: choice) { return index }
        }
        throw .unknownColumn(path: table, name: choices[0], known: names)
      }
      path = try column("path", "filename", "audio_file")
      sentence = try column("sentence", "text", "transcription")
      speaker = names.firstIndex(of: "client_id")
      split = names.firstIndex(of: "split")
    }
  }

  /// `train-all`: what is validated, without the sentences and speakers of test and dev.
  func derivedSets(of samples: KeptSamples) -> [String: [Int]] {
    var transcripts: Set<String> = []
    var speakers: Set<String> = []
    for index in samples.indices {
      let sets = samples.sets(index)
      guard sets.contains("test") || sets.contains("dev") else { continue }
      transcripts.insert(samples[index].transcript)
      if let speaker = samples[index].listed.speaker { speakers.insert(speaker) }
    }
    let validated = samples.indices.lazy.filter { samples.sets($0).contains("validated") }
    guard !validated.isEmpty, !transcripts.isEmpty else { return [:] }
    let all = validated.filter { index in
      let sample = samples[index]
      return !transcripts.contains(sample.transcript)
        && !(sample.listed.speaker.map(speakers.contains) ?? false)
    }
    return ["train-all": Array(all)]
  }
}

extension String {
  /// Without a slash at the end.
  var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
