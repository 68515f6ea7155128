import ParlaFiles

/// A Mandarin corpus with one list of all texts (`ID text`) and recordings `SET/SPEAKER/ID.wav`.
struct MandarinListImporter: SourceImporter {
  let name: String
  let summary: String
  let licence: String
  let layout: String
  /// How the list's name begins.
  let listPrefix: String

  /// AISHELL-1: `transcript/aishell_transcript_v0.8.txt` and `wav/SET/SPEAKER/ID.wav`.
  static let aishell = MandarinListImporter(
    name: "aishell", summary: "AISHELL-1, 400 speakers, 178 hours; Mandarin", licence: "Apache 2.0",
    layout: "transcript/aishell_transcript_v0.8.txt with folders wav/train, dev and test",
    listPrefix: "aishell_transcript")

  /// aidatatang_200zh: `transcript/aidatatang_200_zh_transcript.txt` and `corpus/SET/SPEAKER/ID.wav`.
  static let aidatatang = MandarinListImporter(
    name: "aidatatang", summary: "aidatatang_200zh, 600 speakers, 200 hours; Mandarin",
    licence: "CC BY-NC-ND 4.0",
    layout: "transcript/aidatatang_200_zh_transcript.txt with folders corpus/train, dev and test",
    listPrefix: "aidatatang")

  let rules = ImportRules(TextRules(.asWritten), seconds: 0...10, longestIsForTraining: true)

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private func tables(in tree: SourceTree) -> [String] {
    tree.paths(ending: ".txt").filter { $0.fileName.hasPrefix(listPrefix) }
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
    let found = Set(recordings.map(\.fileStem))
    return recordings.map { path in
      ListedSample(
        path, text: texts[path.fileStem] ?? "", speaker: path.folderPath.fileName,
        sets: part(inPath: path).map { [$0] } ?? [])
    }
      + texts.keys.filter { !found.contains($0) }.sorted().map { id in
        ListedSample(id + ".wav", text: texts[id] ?? "")
      }
  }
}
