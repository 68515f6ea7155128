import Foundation
import ParlaAcousticModel
import ParlaDecoding
import ParlaFiles
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaRecognition
import Synchronization

/// A model that any number of threads use, with the settings for the streams to come.
final class SharedModel: Sendable {
  private let path: String
  private let recognizer: Recognizer
  private let settings: Mutex<DecoderSettings>

  init(path: String, precision: WeightPrecision) throws {
    guard !path.isEmpty else { throw LibraryError.noModel }
    self.path = path
    recognizer = try Recognizer(modelPath: path, precision: precision, readers: ModelReader.all)
    settings = Mutex(DecoderSettings())
  }

  var sampleRate: Int { recognizer.sampleRate }

  var beamWidth: Int { settings.withLock { $0.width(advised: recognizer.metadata.beamWidth) } }

  func setBeamWidth(_ width: Int) throws {
    try BeamSearchDecoder.check(beamWidth: width, name: "beam width")
    settings.withLock { $0.beamWidth = width }
  }

  /// The recogniser with the present settings.
  func configured() throws -> Recognizer {
    let settings = settings.withLock { $0 }
    var recognizer = recognizer
    recognizer.decoder = try recognizer.decoder(settings).search
    return recognizer
  }
}

// MARK: - Scorer and hot words

extension SharedModel {
  var hasScorer: Bool { settings.withLock { $0.scorer != nil } }

  /// Sentences about hot words that have no effect with the scorer.
  func enableScorer(path: String) throws -> [IneffectiveWord] {
    do {
      let scorer = try Scorer(path: path, alphabet: recognizer.alphabet)
      return try change { $0.scorer = scorer }
    } catch let error as DecodingError {
      throw error.naming(model: self.path)
    }
  }

  func disableScorer() throws { try changeScorer { _ in nil } }

  func setWeights(alpha: Double, beta: Double) throws {
    for (name, weight) in [("alpha", alpha), ("beta", beta)] where !weight.isFinite {
      throw LibraryError.notFinite(name: name, found: "\(weight)")
    }
    try changeScorer { $0.weighted(alpha: alpha, beta: beta) }
  }

  private func changeScorer(_ change: (Scorer) -> Scorer?) throws {
    try settings.withLock { settings in
      guard let scorer = settings.scorer else { throw LibraryError.noScorer }
      settings.scorer = change(scorer)
    }
  }

  /// A sentence about the word, if it has no effect.
  func addHotWord(_ word: String, boost: Double) throws -> [IneffectiveWord] {
    try change { settings in
      guard settings.hotWords[word] == nil else { throw LibraryError.hotWordExists(word) }
      settings.hotWords[word] = boost
    }.filter { $0.text == word }
  }

  /// Changes the settings unless hot words and scorer do not go with the model; what of the hot words has no effect then.
  private func change(
    _ change: (inout DecoderSettings) throws -> Void
  ) throws -> [IneffectiveWord] {
    try settings.withLock { settings in
      var changed = settings
      try change(&changed)
      let withoutEffect = try recognizer.decoder(changed).withoutEffect
      settings = changed
      return withoutEffect
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
  let file = try TemporaryFile(in: NSTemporaryDirectory())
  try unsafe file.append(Data(bytes))
  return try withExtendedLifetime(file) { try body(file.path) }
}
