import ParlaPlatform

/// What a scorer says beyond DeepSpeech's format: JSON behind the lexicon, where the original's
/// readers do not look.
///
/// Eight bytes "PARLA\0\0\1", the length of the JSON as uint32, the JSON.
struct ScorerAdditions: Sendable, Equatable, Codable {
  /// What the language model counts, where the original's format cannot say it: characters of an alphabet.
  var units: ScorerUnitKind?

  /// How the confidence of words is reckoned.
  var calibration: ConfidenceCalibration?

  /// For each word of the lexicon that the language model does not know, the one that it is weighed
  /// as; empty for any unknown word.
  var addedWords: [String: String]?

  private static let magic = Array("PARLA".utf8) + [0, 0, 1]

  /// Makes additions.
  init(
    units: ScorerUnitKind? = nil, calibration: ConfidenceCalibration? = nil,
    addedWords: [String: String]? = nil
  ) {
    self.units = units
    self.calibration = calibration
    self.addedWords = addedWords
  }

  /// Reads the additions in `bytes` from `offset` on; nothing if another program wrote the scorer.
  init(
    _ bytes: UnsafeRawBufferPointer, from offset: Int, path: String
  ) throws(DecodingError) {
    self.init()
    let start = offset + Self.magic.count
    guard bytes.count >= start + 4, unsafe bytes[offset..<start].elementsEqual(Self.magic) else {
      return
    }
    let count = unsafe Int(
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
    guard count <= bytes.count - start - 4 else {
      throw .malformedScorer(
        path: path, found: "\(bytes.count - start - 4) bytes of additions",
        expected: "\(count)")
    }
    let data = unsafe Data(bytes[(start + 4)..<(start + 4 + count)])
    do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
      throw .malformedScorer(
        path: path, found: "additions that cannot be read", expected: "JSON")
    }
    if let calibration, !calibration.isSensible {
      throw .malformedScorer(
        path: path, found: "confidence weights \(calibration.weights)",
        expected: "numbers up to \(Int(ConfidenceCalibration.largestWeight))")
    }
  }

  /// The additions' bytes in a file; nothing if there are none.
  var encoded: Data {
    guard self != Self() else { return Data() }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and finite numbers can be written always.
    guard let json = try? encoder.encode(self) else { return Data() }
    return Data(Self.magic + littleEndian(UInt32(json.count))) + json
  }
}
