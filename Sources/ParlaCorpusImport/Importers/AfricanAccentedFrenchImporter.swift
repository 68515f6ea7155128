import ParlaFiles

/// African Accented French (SLR57): recordings under `speech/SET/…`, texts in seven lists under `transcripts` and one next to
/// the recordings, whose lines name a recording by its path, its name or its name with another extension.
struct AfricanAccentedFrenchImporter: SourceImporter {
  let name = "slr57"
  let summary = "African Accented French (SLR57), 22 hours; French"
  let licence = "Apache 2.0"
  let layout = "folders African_Accented_French/speech and transcripts"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0...15, millisecondsPerCharacter: 30)

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.files.contains { $0.path.split(separator: "/").contains("African_Accented_French") }
      || !tree.paths(named: "niger_wav_file_name_transcript.tsv").isEmpty
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var texts: [String: String] = [:]
    for table in tree.paths(ending: ".txt", "_transcript.tsv")
    where table.split(separator: "/").contains("transcripts") || table.ending == "tsv" {
      for row in TableReader.rows(
        SourceText(try tree.contents(table)).text, separator: .firstBlank)
      where row.count == 2 {
        texts[row[0].fileStem] = row[1]
      }
    }
    let recordings = tree.files.map(\.path).filter(SourceFile.isSound)
    let found = Set(recordings.map(\.fileStem))
    return recordings.map { path in
      let part = path.split(separator: "/").contains("devtest") ? "dev" : part(inPath: path)
      return ListedSample(
        path, text: texts[path.fileStem] ?? "", speaker: path.folderPath.fileName,
        sets: part.map { [$0] } ?? [])
    }
      + texts.keys.filter { !found.contains($0) }.sorted().map { id in
        ListedSample(id + ".wav", text: texts[id] ?? "")
      }
  }

  func originalParts(of samples: KeptSamples) -> [String]? { tenths(samples.count) }
}
