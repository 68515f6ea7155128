import Foundation
import ParlaDecoding
import ParlaTestSupport
import ParlaTranscripts

/// What DeepSpeech's own decoder finds with a scorer.
struct ScorerGoldens: Decodable {
  struct Run: Decodable, Sendable, CustomStringConvertible {
    let input: String
    let scorer: String
    let alpha: Double
    let beta: Double
    let beamWidth: Int
    let cutoffProbability: Double
    let cutoffTopN: Int
    let hotWords: [String: Double]
    let candidateCount: Int
    let candidates: [DecodingGoldens.GoldenCandidate]

    var description: String {
      "\(input), alpha \(alpha), beam \(beamWidth), cutoff \(cutoffProbability), hot \(hotWords)"
    }
  }

  let runs: [Run]

  static func read() throws -> ScorerGoldens {
    let path = Fixture.path("decoding/scorer-ds_ctcdecoder-0.9.3.json")
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try JSONDecoder().decode(ScorerGoldens.self, from: data)
  }

  static func words() throws -> Scorer {
    try Scorer(path: Fixture.path("scorers/toy.scorer"), alphabet: .english)
  }

  static func bytes() throws -> Scorer {
    try Scorer(path: Fixture.path("scorers/toy.bytes.scorer"), alphabet: nil)
  }
}
