import Foundation
import ParlaAcousticModel
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaRecognition
import Synchronization

/// A model that any number of threads use, with the settings for the streams to come.
final class SharedModel: Sendable {
  private let path: String
  private let recognizer: Recognizer
  private let settings: Mutex<Settings>

  private struct Settings {
    var beamWidth: Int
    var scorer: Scorer?
    var hotWords: [String: Double] = [:]
  }

  init(path: String, precision: WeightPrecision) throws {
    guard !path.isEmpty else { throw LibraryError.noModel }
    self.path = path
    recognizer = try Recognizer(modelPath: path, precision: precision)
    let advised = recognizer.metadata.beamWidth ?? 500
    settings = Mutex(Settings(beamWidth: min(advised, BeamSearchDecoder.largestBeamWidth)))
  }

  var sampleRate: Int { recognizer.sampleRate }

  var beamWidth: Int { settings.withLock { $0.beamWidth } }

  func setBeamWidth(_ width: Int) throws {
    try BeamSearchDecoder.check(beamWidth: width, name: "beam width")
    settings.withLock { $0.beamWidth = width }
  }

  /// The recogniser with the present settings.
  func configured() throws -> Recognizer {
    let settings = settings.withLock { $0 }
    // As on the command line: what the scorer cannot look up as a word is a phrase.
    let words = settings.hotWords.filter { settings.scorer?.units.isUnit($0.key) == true }
    let phrases = settings.hotWords.filter { words[$0.key] == nil }
    var recognizer = recognizer
    recognizer.decoder = BeamSearchDecoder(
      beamWidth: settings.beamWidth, scorer: settings.scorer,
      hotWords: words.isEmpty ? nil : HotWords(words),
      hotPhrases: phrases.isEmpty
        ? nil : try HotPhrases(phrases, alphabet: recognizer.alphabet))
    return recognizer
  }
}

// MARK: - Scorer and hot words

extension SharedModel {
  var hasScorer: Bool { settings.withLock { $0.scorer != nil } }

  func enableScorer(path: String) throws {
    do {
      let scorer = try Scorer(path: path, alphabet: recognizer.alphabet)
      settings.withLock { $0.scorer = scorer }
    } catch {
      throw error.naming(model: self.path)
    }
  }

  func disableScorer() throws { try changeScorer { _ in nil } }

  func setWeights(alpha: Double, beta: Double) throws {
    try changeScorer { $0.weighted(alpha: alpha, beta: beta) }
  }

  private func changeScorer(_ change: (Scorer) -> Scorer?) throws {
    try settings.withLock { settings in
      guard let scorer = settings.scorer else { throw LibraryError.noScorer }
      settings.scorer = change(scorer)
    }
  }

  func addHotWord(_ word: String, boost: Double) throws {
    if word.contains(" ") || !hasScorer {
      _ = try HotPhrases([word: boost], alphabet: recognizer.alphabet)
    }
    try settings.withLock { settings in
      guard settings.hotWords[word] == nil else { throw LibraryError.hotWordExists(word) }
      settings.hotWords[word] = boost
    }
  }

  func eraseHotWord(_ word: String) throws {
    let erased = settings.withLock { $0.hotWords.removeValue(forKey: word) }
    guard erased != nil else { throw LibraryError.hotWordUnknown(word) }
  }

  func clearHotWords() { settings.withLock { $0.hotWords = [:] } }
}

// MARK: - Files in memory

/// Calls `body` with the path of a file that holds `bytes`, and that is gone afterwards.
///
/// The readers map files, and what they have mapped stays.
func withFile<Result>(
  holding bytes: UnsafeRawBufferPointer, _ body: (String) throws -> Result
) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appending(
    path: "parla-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: path) }
  try unsafe Data(bytes).write(to: path, options: .withoutOverwriting)
  return try body(path.path)
}
