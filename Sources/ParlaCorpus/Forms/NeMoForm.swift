import ParlaFiles

/// A manifest of NVIDIA NeMo: JSON lines with `audio_filepath`, `text`, `duration`, and for passages `offset`.
///
/// NeMo 1.23, `collections/common/parts/preprocessing/manifest.py`: relative paths are relative to the manifest.
enum NeMoForm: CorpusForm {
  static let name = "nemo"
  static let summary = "NeMo manifest: JSON lines with audio_filepath, text, duration"

  private struct Line: Decodable {
    let audioFilepath: String?
    let audioFile: String?
    let text: TextOrWords?
    let duration: Double?
    let offset: Double?
    let speaker: NameOrNumber?
    let lang: String?

    /// Times that no passage has.
    var impossibleTimes: String? {
      if let offset, offset < 0 { return "offset \(offset)" }
      if let duration, duration <= 0 { return "duration \(duration)" }
      return nil
    }
  }

  static func recognizes(_ place: CorpusPlace) -> Bool {
    !place.isFolder && !place.firstKeys.isDisjoint(with: ["audio_filepath", "audio_file"])
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    let path = place.path
    let folder = path.folderPath
    let expected = "{\"audio_filepath\": \"PATH\", \"text\": \"WORDS\", \"duration\": SECONDS}"
    var content = CorpusContent()
    content.problems = try JSONLines.objects(Line.self, path, expected: expected) {
      number, line throws(CorpusError) in
      guard let audio = line.audioFilepath ?? line.audioFile, !audio.isEmpty else {
        throw .badEntry(
          path: path, line: number, found: "no \"audio_filepath\"", expected: expected)
      }
      if let problem = line.impossibleTimes {
        throw .badEntry(
          path: path, line: number, found: problem,
          expected: "an offset of 0 or more and a duration of more than 0 seconds")
      }
      if line.text == nil {
        content.unlabelled = .badEntry(
          path: path, line: number, found: "no \"text\"", expected: expected)
      }
      let recording = audio.resolved(in: folder)
      content.samples.append(
        Sample(
          audioPath: line.offset.map {
            SoundPlace.passage(recording, from: $0, lasting: line.duration)
          } ?? recording,
          transcript: line.text?.joined ?? "", speaker: line.speaker?.text, line: number,
          otherColumns: line.lang.map { ["lang": $0] } ?? [:]))
    }
    return content
  }

  private struct Entry: Encodable {
    let audioFilepath: String
    let duration: Double
    let text: String
    let offset: Double?
    let speaker: String?
    let lang: String?
  }

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try ListingWriter(path, sounds: path.withoutExtension) { samples throws(CorpusError) in
      var text = ""
      for (sample, passage) in zip(samples, try durations(of: samples, name)) {
        text += try JSONLines.line(
          Entry(
            audioFilepath: passage.file, duration: passage.seconds, text: sample.transcript,
            offset: passage.start, speaker: sample.speaker, lang: sample.otherColumns["lang"]))
      }
      return [(path, text)]
    }
  }
}
