import ParlaFiles

/// A folder of recordings with `metadata.csv` or `metadata.jsonl`, as Hugging Face's data sets have them.
///
/// datasets 2.19, "Load audio data", `AudioFolder`: `file_name` is relative to the list's folder, and any other column may hold the text.
enum AudioFolderForm: CorpusForm {
  static let name = "audiofolder"
  static let summary = "Hugging Face audio folder with metadata.csv or metadata.jsonl"

  private static let lists = ["metadata.csv", "metadata.jsonl"]
  private static let audioColumn = "file_name"
  private static let textColumns = [
    "transcription", "text", "sentence", "transcript", "normalized_text", "raw_transcription",
  ]
  private static let speakerColumns = ["speaker", "speaker_id", "client_id"]

  static func recognizes(_ place: CorpusPlace) -> Bool {
    if place.isFolder { return !paths(in: place).isEmpty }
    return place.firstKeys.contains(audioColumn) || isTable(place)
  }

  /// Whether the file is a CSV with a column `file_name`.
  private static func isTable(_ place: CorpusPlace) -> Bool {
    let line = place.head.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    var reader = CSVReader(bytes: Array(line), path: place.path)
    let names = (try? reader.nextRow())?.map(\.fields) ?? []
    return names.contains(audioColumn)
  }

  /// The lists in the folder itself, or in those right below it.
  private static func paths(in place: CorpusPlace) -> [String] {
    if let own = lists.lazy.compactMap(place.file).first { return [own] }
    return place.names.compactMap { name in
      guard let part = try? CorpusPlace(place.path.appendingName(name)), part.isFolder else {
        return nil
      }
      return lists.lazy.compactMap(part.file).first
    }
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    guard !place.isFolder else {
      let paths = paths(in: place)
      guard paths.count == 1 else {
        throw .severalParts(path: place.path, names: paths.map { $0.folderPath.fileName })
      }
      return try read(CorpusPlace(paths[0]))
    }
    return place.firstKeys.isEmpty ? try readTable(place.path) : try readLines(place.path)
  }

  private static func readTable(_ path: String) throws(CorpusError) -> CorpusContent {
    var table = try CSVTable(try CorpusText.content(path), path: path)
    let names = table.names
    guard let audio = names.firstIndex(of: audioColumn) else {
      throw .missingColumns(path: path, missing: [audioColumn], found: names)
    }
    let text = textColumns.lazy.compactMap(names.firstIndex).first
    let speaker = speakerColumns.lazy.compactMap(names.firstIndex).first
    var content = CorpusContent()
    if text == nil {
      content.unlabelled = .missingColumns(path: path, missing: [textColumns[0]], found: names)
    }
    content.problems = table.rows { row throws(CorpusError) in
      guard !row.fields[audio].isEmpty else { throw .noPath(path: path, line: row.line) }
      content.samples.append(
        Sample(
          audioPath: row.fields[audio].resolved(in: path.folderPath),
          transcript: text.map { row.fields[$0] } ?? "", speaker: speaker.map { row.fields[$0] },
          line: row.line))
    }
    return content
  }

  private struct Line: Codable {
    let fileName: String
    var transcription: String?
    var text: String?
    var sentence: String?
    var transcript: String?
    var speakerId: String?
  }

  private static func readLines(_ path: String) throws(CorpusError) -> CorpusContent {
    let expected = "{\"file_name\": \"PATH\", \"transcription\": \"WORDS\"}"
    var content = CorpusContent()
    content.problems = try JSONLines.objects(Line.self, path, expected: expected) {
      number, line throws(CorpusError) in
      let text = line.transcription ?? line.text ?? line.sentence ?? line.transcript
      if text == nil {
        content.unlabelled = .badEntry(
          path: path, line: number, found: "no \"transcription\"", expected: expected)
      }
      content.samples.append(
        Sample(
          audioPath: line.fileName.resolved(in: path.folderPath), transcript: text ?? "",
          speaker: line.speakerId, line: number))
    }
    return content
  }

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    let list = path.appendingName("metadata.jsonl")
    return try ListingWriter(
      path, sounds: path.appendingName("clips"), isFolder: true, holdsSound: true
    ) { samples throws(CorpusError) in
      var text = ""
      for sample in samples {
        text += try JSONLines.line(
          Line(
            fileName: Manifest.relative(sample.audioPath, to: absolutePath(path)),
            transcription: style.hasTranscripts ? sample.transcript : nil,
            speakerId: sample.speaker))
      }
      return [(list, text)]
    }
  }
}
