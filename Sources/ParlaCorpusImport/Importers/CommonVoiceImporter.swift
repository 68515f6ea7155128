import ParlaFiles

/// Mozilla's Common Voice in all its layouts.
///
/// From version 2 on a folder for each language holds `train.tsv`, `dev.tsv`, `test.tsv`, `validated.tsv`, `other.tsv` and
/// `clips/`; version 1 has `cv-valid-train.csv` and others next to folders of those names; spontaneous speech a table
/// `ss-corpus-LL.tsv` and `audios/`.
struct CommonVoiceImporter: SourceImporter {
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
      let clips = table.path.folderPath.appendingName("clips/")
      return tree.files.contains { $0.path.hasPrefix(clips) }
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

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var tables = tables(in: tree)
    let languages = Set(tables.filter { !$0.isFirstVersion }.map(\.path.folderPath.fileName))
    if languages.count > 1 {
      guard let language = request.language else {
        throw .severalLanguages(source: tree.root, languages: languages.sorted())
      }
      tables.removeAll { $0.path.folderPath.fileName != language }
      guard !tables.isEmpty else {
        throw .unsupportedLanguage(
          importer: name, language: language, supported: languages.sorted())
      }
    }
    var samples: [ListedSample] = []
    for table in tables { samples += try self.samples(of: table, in: tree, request) }
    return samples
  }

  private func samples(
    of table: Table, in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    let text = SourceText(try tree.contents(table.path), encoding: request.encoding).text
    var reader = TableReader(
      text, separator: table.path.ending == "csv" ? .comma : .tab,
      quoting: request.asOriginal ? .python : .closed)
    guard let header = reader.next() else { return [] }
    let names = header.map { $0.trimmed.lowercased() }
    func column(_ choices: String...) throws(ImportError) -> Int {
      for choice in choices {
        if let index = names.firstIndex(of: choice) { return index }
      }
      throw .unknownColumn(path: table.path, name: choices[0], known: names)
    }
    let path = try column("path", "filename", "audio_file")
    let sentence = try column("sentence", "text", "transcription")
    let speaker = names.firstIndex(of: "client_id")
    let split = names.firstIndex(of: "split")
    let folder = table.path.folderPath.appendingName(
      table.isFirstVersion ? "" : table.set == nil ? "audios" : "clips")
    var samples: [ListedSample] = []
    while let row = reader.next() {
      func value(_ index: Int?) -> String {
        index.map { row.indices.contains($0) ? row[$0] : "" } ?? ""
      }
      let recording = folder.trimmingSlash.appendingName(value(path).trimmed)
      let set = table.set ?? (value(split).isEmpty ? nil : value(split))
      samples.append(
        ListedSample(
          tree.recording(recording) ?? recording, text: value(sentence).trimmed,
          speaker: value(speaker).isEmpty ? nil : value(speaker), sets: set.map { [$0] } ?? []))
    }
    return samples
  }

  /// `train-all`: what is validated, without the sentences and speakers of test and dev.
  func derivedSets(of samples: [KeptSample]) -> [String: [Int]] {
    let held = samples.filter { $0.sets.contains("test") || $0.sets.contains("dev") }
    guard samples.contains(where: { $0.sets.contains("validated") }), !held.isEmpty else {
      return [:]
    }
    let transcripts = Set(held.map(\.transcript))
    let speakers = Set(held.compactMap(\.listed.speaker))
    let all = samples.indices.filter { index in
      let sample = samples[index]
      return sample.sets.contains("validated") && !transcripts.contains(sample.transcript)
        && !(sample.listed.speaker.map(speakers.contains) ?? false)
    }
    return ["train-all": all]
  }
}

extension String {
  /// Without a slash at the end.
  var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
