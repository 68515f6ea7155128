import ParlaFiles

extension TableCorpus {
  /// FLEURS: `SET.tsv` without names (`number, file, text, text in lower case, …`) and `audio/SET/FILE`, or `audio/SET.tar.gz`.
  static let fleurs = TableCorpus(
    name: "fleurs", summary: "FLEURS, read sentences, 12 hours a language; 102 languages",
    licence: "CC BY 4.0",
    layout: "train.tsv, dev.tsv and test.tsv with a folder audio next to them",
    rules: ImportRules(TextRules(.letters)),
    isTable: { ["train.tsv", "dev.tsv", "test.tsv"].contains($0.fileName) },
    folderBeside: "audio", separator: .tab, language: { $0.folderPath.fileName },
    sample: { row in
      guard row.values.count >= 4, SourceFile.isSound(row[1]) else { return nil }
      let set = row.table.fileStem
      return ListedSample(
        row.recording("audio/\(set)/\(row[1])"), text: row[2].isEmpty ? row[3] : row[2],
        sets: [set])
    })
}
