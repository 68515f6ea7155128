import ParlaFiles

extension TableCorpus {
  /// Training Speech: `data.csv` with the columns `path` and `text`, and folders of recordings.
  static let trainingSpeech = TableCorpus(
    name: "training-speech", summary: "Training Speech, audiobooks, 183 hours; French",
    licence: "CC-BY-4.0", layout: "data.csv next to folders of recordings",
    rules: ImportRules(
      TextRules(.deepSpeech), seconds: 0...15, millisecondsPerCharacter: 20),
    isTable: { $0.fileName == "data.csv" }, separator: .comma, quoting: .python,
    hasHeader: true, neededColumns: ["path", "text", "duration"], dividesByTen: true,
    sample: { row in
      let path = row["path"]
      guard !path.isEmpty else { return nil }
      return ListedSample(
        row.recording(path), text: plain(row["text"]), speaker: speaker(of: path))
    })

  /// Typographic apostrophes as plain ones; what the books have for pauses and remarks as blanks.
  private static func plain(_ text: String) -> String {
    let spelled = text.replacing("’", with: "'").replacing("\u{A0}", with: " ")
    return String(spelled.map { "°-,;!?.()[]*…—".contains($0) ? " " : $0 })
      .split(separator: " ").joined(separator: " ")
  }

  /// The folder of a book, which one person reads.
  private static func speaker(of path: String) -> String? {
    let folder = path.folderPath.fileName
    return folder.isEmpty ? nil : folder
  }
}
