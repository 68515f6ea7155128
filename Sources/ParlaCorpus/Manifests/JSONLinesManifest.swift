import Foundation
import ParlaFiles
import ParlaTranscripts

/// The samples of a file of JSON lines, as Deepgram's Kur has them.
///
/// Each line has `uuid`, the name of a recording in the folder `audio` beside the file without its extension, and `text`, a text or a
/// list of words.
enum JSONLinesManifest {
  private struct Line: Decodable {
    let uuid: String
    let text: Text
  }

  private enum Text: Decodable {
    case text(String)
    case words([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .words(try container.decode([String].self))
      }
    }

    var joined: String {
      switch self {
      case .text(let text): text
      case .words(let words): words.joined(separator: " ")
      }
    }
  }

  /// Whether the file at `path` is one, by its name.
  static func isOne(_ path: String) -> Bool { path.fileExtension.lowercased() == "jsonl" }

  /// The samples that `data` lists, and what is wrong with other lines.
  static func samples(
    of data: Data, path: String, _ normalizer: TranscriptNormalizer?
  ) -> (samples: [Sample], problems: [CorpusError]) {
    let folder = path.folderPath.appendingName("audio")
    var samples: [Sample] = []
    var problems: [CorpusError] = []
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() where !bytes.allSatisfy({ $0 <= 0x20 }) {
      do {
        let line = try JSONDecoder().decode(Line.self, from: Data(bytes))
        let text = line.text.joined
        samples.append(
          Sample(
            audioPath: recording(folder.appendingName(line.uuid)),
            transcript: normalizer?.normalize(text) ?? text, line: index + 1))
      } catch {
        problems.append(.badLine(path: path, line: index + 1))
      }
    }
    return (samples, problems)
  }

  /// The recording at `path` with its extension; `.wav` where there is none.
  private static func recording(_ path: String) -> String {
    let endings = ["wav", "mp3", "flac", "ogg", "opus", "oga", "aiff", "au", "caf", "sph", "g722"]
    return endings.lazy.map { "\(path).\($0)" }.first {
      FileManager.default.fileExists(atPath: $0)
    } ?? path + ".wav"
  }
}
