import ParlaFiles

extension TableCorpus {
  /// LJ Speech and all that is laid out like it: `metadata.csv` (`ID|text|text as it is read`) and `wavs/ID.wav`.
  static let ljSpeech = TableCorpus(
    name: "ljspeech", summary: "LJ Speech 1.1, one reader of books, 24 hours; English",
    licence: "public domain", layout: "metadata.csv with a folder wavs next to it",
    rules: ImportRules(TextRules(.deepSpeech)),
    isTable: { $0.fileName == "metadata.csv" },
    folderBeside: "wavs",
    sample: { row in
      guard row.values.count > 1 else { return nil }
      return ListedSample(
        row.recording("wavs/\(row[0])"), text: row[2].isEmpty ? row[1] : row[2], speaker: nil)
    })
}
