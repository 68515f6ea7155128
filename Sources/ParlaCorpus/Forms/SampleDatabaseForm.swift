import Foundation
import ParlaAudio
import ParlaFiles

/// A sample database of DeepSpeech and Coqui STT (`.sdb`): recordings with their transcripts in one file.
///
/// `training/deepspeech_training/util/sample_collections.py`; all numbers are big-endian. `SAMPLEDB`; the length of a description in
/// JSON (8 bytes) and the description, which names the columns; the length of the samples (8), their number (8) and the samples: of
/// each its length (4), then of each column its length (4) and its content; the length of the index (8), the number of samples (8)
/// and the place of each sample in the file (8). Lengths of samples and index count what follows them.
enum SampleDatabaseForm: CorpusForm {
  static let name = "sdb"
  static let summary = "sample database of DeepSpeech and Coqui STT, WAV or Opus"

  private static let magic = Array("SAMPLEDB".utf8)

  static func recognizes(_ place: CorpusPlace) -> Bool { place.head.starts(with: magic) }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    try Reader(place.path).content()
  }

  fileprivate struct Description: Codable {
    struct Column: Codable {
      let content: String
      let type: String

      enum CodingKeys: String, CodingKey {
        case content
        case type = "mime-type"
      }
    }
    let schema: [Column]
  }

  /// The extension of a recording's file by its type.
  private static let extensions = [
    "audio/wav": "wav", "application/vnd.mozilla.opus": "mozopus", "audio/flac": "flac",
    "audio/ogg;codecs=opus": "opus", "audio/vorbis": "ogg",
  ]

  // MARK: Reading

  private struct Reader {
    private let path: String
    private let handle: FileHandle
    private let byteCount: Int

    init(_ path: String) throws(CorpusError) {
      self.path = path
      do {
        handle = try FileContent.handle(path)
        byteCount = Int(try handle.seekToEnd())
      } catch { throw .file(.unreadable(path: path, reason: systemReason(error))) }
    }

    func content() throws(CorpusError) -> CorpusContent {
      let descriptionLength = try number(at: 8)
      guard descriptionLength < 1 << 20,
        let description = try? JSONDecoder().decode(
          Description.self, from: try data(at: 16, count: descriptionLength))
      else { throw damaged("no description of the columns") }
      let start = 16 + descriptionLength
      let length = try number(at: start)
      let count = try number(at: start + 8)
      guard length > 0 else { throw damaged("its writer was stopped before the end") }
      let index = start + 8 + length
      guard length <= byteCount, index + 16 <= byteCount, try number(at: index + 8) == count,
        count <= (byteCount - index - 16) / 8
      else { throw damaged("no index of the samples") }
      let places = try data(at: index + 16, count: 8 * count)
      var content = CorpusContent()
      if !description.schema.contains(where: { $0.content == "transcript" }) {
        content.unlabelled = .missingColumns(
          path: path, missing: ["transcript"], found: description.schema.map(\.content))
      }
      for sample in 0..<count {
        let place = Self.number(places.dropFirst(8 * sample).prefix(8))
        content.samples.append(try self.sample(sample, at: place, description))
      }
      return content
    }

    private func sample(
      _ index: Int, at place: Int, _ description: Description
    ) throws(CorpusError) -> Sample {
      var position = place + 4
      var address = SoundAddress(path: path)
      var transcript = ""
      for column in description.schema {
        let length = try number(at: position, count: 4)
        let start = position + 4
        guard length <= byteCount - start else { throw damaged("sample \(index) is cut") }
        if column.content == "speech" {
          guard let ending = extensions[column.type] else {
            throw damaged("recordings of the type \(column.type)")
          }
          address.bytes = start..<start + length
          address.name = "\(index).\(ending)"
        } else if column.content == "transcript" {
          guard let text = String(validating: try data(at: start, count: length), as: UTF8.self)
          else { throw damaged("the transcript of sample \(index) is not UTF-8") }
          transcript = text
        }
        position = start + length
      }
      guard let bytes = address.bytes else { throw damaged("no column with speech") }
      return Sample(
        audioPath: address.description, fileSize: bytes.count, transcript: transcript,
        line: index + 1)
    }

    private func number(at place: Int, count: Int = 8) throws(CorpusError) -> Int {
      Self.number(try data(at: place, count: count)[...])
    }

    private static func number(_ bytes: Data.SubSequence) -> Int {
      Int(truncatingIfNeeded: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & (1 << 62 - 1))
    }

    private func data(at place: Int, count: Int) throws(CorpusError) -> Data {
      guard place >= 0, count >= 0, place <= byteCount, count <= byteCount - place else {
        throw damaged("it ends at byte \(byteCount)")
      }
      do {
        try handle.seek(toOffset: UInt64(place))
        return try handle.read(upToCount: count) ?? Data()
      } catch { throw .file(.unreadable(path: path, reason: systemReason(error))) }
    }

    private func damaged(_ reason: String) -> CorpusError { .damaged(path: path, reason: reason) }
  }

  // MARK: Writing

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try Writer(path, style)
  }

  private final class Writer: CorpusWriter {
    let holdsSound = true
    private let style: CorpusStyle
    private let folder: TargetFolder
    private var file: PendingFile
    private let start: Data
    private var places: [Int] = []
    private var position: Int

    init(_ path: String, _ style: CorpusStyle) throws(CorpusError) {
      self.style = style
      var columns = ["{\"content\": \"speech\", \"mime-type\": \"\(style.soundType)\"}"]
      if style.hasTranscripts {
        columns.append("{\"content\": \"transcript\", \"mime-type\": \"text/plain\"}")
      }
      // As Python's json.dumps spaces it: the originals' files are equal byte for byte.
      let description = Data("{\"schema\": [\(columns.joined(separator: ", "))]}".utf8)
      start = Data(magic) + Self.number(description.count, 8) + description
      position = start.count + 16
      folder = try TargetFolder(of: path)
      do {
        file = try PendingFile(replacing: path, isRewritten: true)
        try file.append(start + Data(count: 16))
      } catch { throw .file(error) }
    }

    func add(_ sample: Sample, _ content: RecordingContent?) throws(CorpusError) {
      guard let content else { throw .needsSound(recording: sample.audioPath, form: name) }
      var entry = Self.number(content.bytes.count, 4) + Data(content.bytes)
      if style.hasTranscripts {
        let text = Data(sample.transcript.utf8)
        entry += Self.number(text.count, 4) + text
      }
      places.append(position)
      try append(Self.number(entry.count, 4) + entry)
    }

    func finish() throws(CorpusError) {
      let length = position - start.count - 8
      let count = Self.number(places.count, 8)
      try append(
        Self.number(8 + 8 * places.count, 8) + count
          + places.reduce(into: Data()) { $0 += Self.number($1, 8) })
      do {
        try file.overwriteStart(start + Self.number(length, 8) + count)
        try file.commit()
      } catch { throw .file(error) }
    }

    private func append(_ data: Data) throws(CorpusError) {
      do { try file.append(data) } catch { throw .file(error) }
      position += data.count
    }

    private static func number(_ number: Int, _ count: Int) -> Data {
      Data((0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) })
    }
  }
}
