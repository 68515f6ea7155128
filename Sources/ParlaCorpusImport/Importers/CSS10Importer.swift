import ParlaFiles

extension TableCorpus {
  /// CSS10: `transcript.txt` (`BOOK/ID.wav|text|text as it is read|seconds`).
  static let css10 = TableCorpus(
    name: "css10", summary: "CSS10, one reader of books a language, 4 to 24 hours; ten languages",
    licence: "CC0", layout: "transcript.txt with folders of recordings next to it",
    rules: ImportRules(TextRules(.letters)),
    isTable: { $0.fileName == "transcript.txt" }, language: { $0.folderPath.fileName },
    sample: { row in
      guard row.values.count >= 3, SourceFile.isSound(row[0]) else { return nil }
      return ListedSample(row.recording(row[0]), text: row[2].isEmpty ? row[1] : row[2])
    })
}
