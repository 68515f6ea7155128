import ParlaFiles

extension TableCorpus {
  /// MAGICDATA: `SET/TRANS.txt` (`UtteranceID<tab>SpeakerID<tab>Transcription`) and `SET/SPEAKER/ID.wav`.
  static let magicData = TableCorpus(
    name: "magicdata", summary: "MAGICDATA, 1080 speakers on telephones, 755 hours; Mandarin",
    licence: "CC BY-NC-ND 4.0", layout: "train/TRANS.txt with a folder for each speaker next to it",
    rules: ImportRules(TextRules(.letters), seconds: 0...10, longestIsForTraining: true),
    isTable: { $0.fileName == "TRANS.txt" }, separator: .tab, hasHeader: true,
    sample: { row in
      ListedSample(
        row.recording("\(row["speakerid"])/\(row["utteranceid"])"), text: row["transcription"],
        speaker: row["speakerid"], sets: part(inPath: row.table).map { [$0] } ?? [])
    })
}
