import Foundation
import ParlaFiles

/// Primewords: `set1_transcript.json`, a list of objects with `file`, `text` and `user_id`, and `audio_files/0/00/FILE`.
struct PrimewordsImporter: SourceImporter {
  let name = "primewords"
  let summary = "Primewords set 1, 296 speakers on telephones, 100 hours; Mandarin"
  let licence = "CC BY-NC-ND 4.0"
  let layout = "set1_transcript.json with a folder audio_files"
  let rules = ImportRules(TextRules(.asWritten), seconds: 0...15, longestIsForTraining: true)

  private struct Entry: Decodable {
    let file: String
    let text: String
    let userID: String?

    enum CodingKeys: String, CodingKey {
      case file, text
      case userID = "user_id"
    }
  }

  private static let list = "set1_transcript.json"

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(named: Self.list).isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.paths(named: Self.list) {
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text
      let entries: [Entry]
      do { entries = try JSONDecoder().decode([Entry].self, from: Data(text.utf8)) } catch {
        throw .file(.unreadable(path: path, reason: "no list of recordings in JSON"))
      }
      samples += entries.map { entry in
        ListedSample(
          tree.recording(named: entry.file) ?? entry.file, text: entry.text, speaker: entry.userID)
      }
    }
    return samples
  }

  /// The last 5,000 are test, the 5,000 before them dev.
  func originalParts(of samples: KeptSamples) -> [String]? {
    samples.partsFromEnd(of: 5000)
  }
}
