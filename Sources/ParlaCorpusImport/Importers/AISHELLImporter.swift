/// AISHELL-1: `transcript/aishell_transcript_v0.8.txt` (`ID text`) and `wav/SET/SPEAKER/ID.wav`.
struct AISHELLImporter: SourceImporter {
  let name = "aishell"
  let summary = "AISHELL-1, 400 speakers, 178 hours; Mandarin"
  let licence = "Apache 2.0"
  let layout = "transcript/aishell_transcript_v0.8.txt with folders wav/train, dev and test"
  let rules: ImportRules = {
    var rules = ImportRules(TextRules(.asWritten), seconds: 0...10)
    rules.longestIsForTraining = true
    return rules
  }()

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private func tables(in tree: SourceTree) -> [String] {
    tree.paths(ending: ".txt").filter { $0.lastComponent.hasPrefix("aishell_transcript") }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var texts: [String: String] = [:]
    for table in tables(in: tree) {
      for row in TableReader.rows(
        SourceText(try tree.contents(table)).text, separator: .firstBlank)
      where row.count == 2 {
        texts[row[0]] = row[1]
      }
    }
    let recordings = tree.files.map(\.path).filter(SourceFile.isSound)
    let found = Set(recordings.map(\.stem))
    return recordings.map { path in
      ListedSample(
        path, text: texts[path.stem] ?? "", speaker: path.folder.lastComponent,
        sets: part(inPath: path).map { [$0] } ?? [])
    }
      + texts.keys.filter { !found.contains($0) }.sorted().map { id in
        ListedSample(id + ".wav", text: texts[id] ?? "")
      }
  }
}
