import Foundation
import ParlaFiles

/// A file of JSON lines, as Deepgram's Kur has them.
///
/// Each line has `uuid`, the name of a recording in the folder `audio` next to the file, without its extension, and `text`, a text or a
/// list of words.
enum KurForm: CorpusForm {
  static let name = "kur"
  static let summary = "Kur: JSON lines with uuid and text, recordings in audio/"

  private struct Line: Decodable {
    let uuid: String
    let text: TextOrWords
  }

  static func recognizes(_ place: CorpusPlace) -> Bool {
    !place.isFolder
      && (place.path.fileExtension.lowercased() == "jsonl" || !place.firstKeys.isEmpty)
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    let folder = place.path.folderPath.appendingName("audio")
    var content = CorpusContent()
    content.problems = try JSONLines.objects(
      Line.self, place.path,
      expected: "{\"uuid\": \"NAME\", \"text\": \"WORDS\", \"duration_s\": SECONDS}"
    ) { number, line throws(CorpusError) in
      content.samples.append(
        Sample(
          audioPath: recording(folder.appendingName(line.uuid)), transcript: line.text.joined,
          line: number))
    }
    return content
  }

  /// The recording at `path` with its extension; `.wav` where there is none.
  private static func recording(_ path: String) -> String {
    let endings = ["wav", "mp3", "flac", "ogg", "opus", "oga", "aiff", "au", "caf", "sph", "g722"]
    return endings.lazy.map { "\(path).\($0)" }.first {
      FileManager.default.fileExists(atPath: $0)
    } ?? path + ".wav"
  }

  private struct Entry: Encodable {
    let uuid: String
    let text: String
    let durationS: Double
  }

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    let folder = path.folderPath.appendingName("audio")
    return try ListingWriter(path, sounds: folder, holdsSound: true) {
      samples throws(CorpusError) in
      var text = ""
      for (sample, seconds) in zip(samples, try durations(of: samples, "kur")) {
        text += try JSONLines.line(
          Entry(
            uuid: sample.audioPath.fileName.withoutExtension, text: sample.transcript,
            durationS: seconds.seconds))
      }
      return [(path, text)]
    }
  }
}
