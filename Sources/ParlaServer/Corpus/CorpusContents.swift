import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles

/// All that a corpus folder holds, but sound: what `corpus.json` says.
struct CorpusContents: Codable, Sendable {
  /// The form of the file; files from before it was noted have none, and are of form 1.
  private var version: Int? = Self.version
  var prompts: [String] = []
  var clips: [CorpusFolder.Clip] = []
  var lastNumber = 0

  private static let version = 1

  /// The numbers that recordings may have.
  static let numbers = 1..<1 << 40

  private struct Head: Decodable { let version: Int? }

  /// Reads the file at `path`.
  ///
  /// - Throws: `ServerError.newerCorpus`, `.damagedCorpus`, `FileError.unreadable`.
  init(reading path: String) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw FileError.unreadable(path: path, reason: systemReason(error))
    }
    do {
      let version = try JSONDecoder().decode(Head.self, from: data).version ?? Self.version
      guard version == Self.version else {
        throw ServerError.newerCorpus(path: path, found: version, expected: Self.version)
      }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw ServerError.damagedCorpus(path: path, found: Self.words(error, data))
    }
    let numbers = clips.map(\.number)
    guard Set(numbers).count == numbers.count, numbers.allSatisfy(Self.numbers.contains),
      (0..<Self.numbers.upperBound).contains(lastNumber)
    else {
      throw ServerError.damagedCorpus(
        path: path, found: "two recordings of one number, or a number that is none")
    }
  }

  private static func words(_ error: DecodingError, _ data: Data) -> String {
    func name(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }.joined(separator: " ")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "no \"\(name(context.codingPath + [key]))\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty
        ? "no JSON object" : "another kind of value for \"\(name(context.codingPath))\""
    default:
      data.isEmpty ? "an empty file" : "\(data.count) bytes that are no whole JSON"
    }
  }

  /// An empty corpus, or what the table of recordings still says of a corpus whose file is gone.
  ///
  /// - Throws: `CorpusError`.
  init(recoveringFrom table: String, soundPath: (Int) -> String) throws {
    guard FileManager.default.fileExists(atPath: table) else { return }
    var numbers: Set<Int> = []
    for sample in try Manifest(path: table).samples {
      guard let number = Int(sample.audioPath.fileStem), Self.numbers.contains(number),
        absolutePath(sample.audioPath) == absolutePath(soundPath(number)),
        let information = try? AudioFile.information(sample.audioPath),
        numbers.insert(number).inserted
      else { continue }
      clips.append(
        CorpusFolder.Clip(
          number: number, transcript: sample.transcript, speaker: sample.speaker ?? "",
          seconds: information.duration, byteCount: FileStatus(sample.audioPath)?.byteCount ?? 0))
    }
  }

  /// How many recordings each sentence has.
  var clipCounts: [String: Int] {
    let listed = Set(prompts)
    return clips.reduce(into: [:]) { counts, clip in
      counts[clip.sentence(isListed: listed.contains), default: 0] += 1
    }
  }

  /// The text of the file.
  var data: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }
}
