extension TableCorpus {
  /// LibriSpeech: `SET/READER/CHAPTER/READER-CHAPTER.trans.txt` (`ID TEXT`) and `ID.flac` next to it.
  static let libriSpeech = TableCorpus(
    name: "librispeech", summary: "LibriSpeech, books read for LibriVox, 1000 hours; English",
    licence: "CC BY 4.0", layout: "train-clean-100/…/….trans.txt with .flac next to them",
    rules: ImportRules(TextRules(.lowercase, stripsAccents: true)),
    isTable: { $0.hasSuffix(".trans.txt") }, separator: .firstBlank,
    sample: { row in
      let set = row.table.split(separator: "/").map(String.init).dropLast().last { word in
        ["train-", "dev-", "test-"].contains { word.hasPrefix($0) }
      }
      return ListedSample(
        row.recording(row[0]), text: row[1],
        speaker: row[0].split(separator: "-").first.map(String.init),
        sets: set.map { [String($0.prefix { $0 != "-" }), $0] } ?? [])
    })
}
