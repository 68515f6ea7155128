import ParlaFiles

extension TableCorpus {
  /// VIVOS: `SET/prompts.txt` (`SPEAKER_ID TEXT`) and `SET/waves/SPEAKER/SPEAKER_ID.wav`.
  static let vivos = TableCorpus(
    name: "vivos", summary: "VIVOS, 65 speakers, 15 hours; Vietnamese", licence: "CC BY-NC-SA 4.0",
    layout: "train/prompts.txt with a folder waves next to it",
    rules: ImportRules(TextRules(.letters)), isTable: { $0.fileName == "prompts.txt" },
    folderBeside: "waves", separator: .firstBlank,
    sample: { row in
      let speaker = row[0].split(separator: "_").first.map(String.init) ?? ""
      return ListedSample(
        row.recording("waves/\(speaker)/\(row[0])"), text: row[1], speaker: speaker,
        sets: part(inPath: row.table).map { [$0] } ?? [])
    })
}
