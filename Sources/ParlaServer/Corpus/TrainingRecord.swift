import Foundation
import ParlaFiles

/// What is known of the latest training of a corpus, on disk, so that it is known after a restart too.
struct TrainingRecord: Codable, Sendable, Equatable {
  /// What was asked for.
  struct Request: Codable, Sendable, Equatable {
    let epochs: Int
    /// The model from which it starts; nil for none.
    let source: String?
    /// The language that the model is to name; nil for none.
    var language: String?
    /// Whether alphabet.txt has its labels; nil in records of earlier versions, which had none.
    var hasAlphabet: Bool?
    /// What is said of its texts.
    var notes: [String]?
  }

  /// How far it is.
  enum Outcome: String, Codable, Sendable {
    /// It runs; or, if no process does, the server ended in the middle of it.
    case running
    case finished
    /// Somebody asked it to stop.
    case stopped
    /// The server ended, and asked it to save and stop.
    case interrupted
    case failed
  }

  let request: Request
  var outcome: Outcome
  /// The latest lines of its log.
  var log: [String] = []

  /// Whether the same command continues it.
  var isResumable: Bool { outcome != .finished }

  /// The record at `path`; nil where there is none that can be read.
  init?(reading path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let record = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = record
  }

  /// A training that begins.
  init(_ request: Request) {
    self.request = request
    outcome = .running
  }

  /// Writes it to `path`.
  ///
  /// - Throws: `FileError.unwritable`.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: path)
  }
}
