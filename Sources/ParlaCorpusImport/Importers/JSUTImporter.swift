import ParlaFiles

extension TableCorpus {
  /// JSUT: `PART/transcript_utf8.txt` (`ID:text`) and `PART/wav/ID.wav`.
  static let jsut = TableCorpus(
    name: "jsut", summary: "JSUT, one reader in a studio, 10 hours; Japanese",
    licence: "CC BY-SA 4.0", layout: "transcript_utf8.txt with a folder wav next to it",
    rules: ImportRules(TextRules(.letters)),
    isTable: { $0.fileName == "transcript_utf8.txt" }, folderBeside: "wav",
    separator: .sign(UInt8(ascii: ":")),
    sample: { row in
      guard row.values.count >= 2 else { return nil }
      return ListedSample(
        row.recording("wav/\(row[0])"), text: row.values.dropFirst().joined(separator: ":"))
    })
}
