import ParlaFiles

extension TableCorpus {
  /// M-AILABS: `LANGUAGE/by_book/GENDER/SPEAKER/BOOK/metadata.csv` (`ID|text|text as it is read`) and `wavs/ID.wav`.
  static let mAILabs = TableCorpus(
    name: "m-ailabs", summary: "M-AILABS, books read for LibriVox; nine languages",
    licence: "BSD-like, see the corpus",
    layout: "by_book/…/metadata.csv with folders wavs next to them",
    rules: ImportRules(TextRules(.deepSpeech), seconds: 0...15, millisecondsPerCharacter: 30),
    isTable: { path in
      path.fileName == "metadata.csv" && path.folderPath.split(separator: "/").count >= 2
    },
    folderBeside: "wavs",
    language: { path in
      path.split(separator: "/").prefix { $0 != "by_book" }.last.map(String.init) ?? ""
    },
    dividesByTen: true,
    sample: { row in
      guard row.values.count > 1 else { return nil }
      return ListedSample(
        row.recording("wavs/\(row[0])"), text: row[2].isEmpty ? row[1] : row[2],
        speaker: row.folder.folderPath.fileName)
    })
}
