import ParlaFiles

extension TableCorpus {
  /// Multilingual LibriSpeech: `SET/transcripts.txt` (`READER_BOOK_N<tab>text`) and `SET/audio/READER/BOOK/ID.opus` or `.flac`.
  static let multilingualLibriSpeech = TableCorpus(
    name: "mls", summary: "Multilingual LibriSpeech, 50,000 hours; eight languages",
    licence: "CC BY 4.0", layout: "train/transcripts.txt with folders audio next to them",
    rules: ImportRules(TextRules(.deepSpeech), seconds: 0.85...15, millisecondsPerCharacter: 30),
    isTable: { path in
      path.fileName == "transcripts.txt"
        && ["train", "dev", "test"].contains(path.folderPath.fileName)
    },
    separator: .tab, language: { $0.folderPath.folderPath.fileName },
    sample: { row in
      let words = row[0].split(separator: "_")
      guard words.count == 3 else { return nil }
      return ListedSample(
        row.recording("audio/\(words[0])/\(words[1])/\(row[0])"), text: row[1],
        speaker: String(words[0]), sets: [row.folder.fileName])
    })
}
