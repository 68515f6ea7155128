import Foundation
import ParlaTestSupport
import ParlaTranscripts

/// What DeepSpeech's own decoder finds without a language model.
struct DecodingGoldens: Decodable {
  struct Run: Decodable, Sendable, CustomStringConvertible {
    let input: String
    let beamWidth: Int
    let cutoffProbability: Double
    let cutoffTopN: Int
    let candidateCount: Int
    let candidates: [GoldenCandidate]

    var description: String { "\(input), beam \(beamWidth), cutoff \(cutoffProbability)" }
  }

  struct GoldenCandidate: Decodable, Sendable {
    let tokens: [Int]
    let frames: [Int]
    let naturalLogProbability: Double
  }

  struct Streaming: Decodable {
    struct Intermediate: Decodable {
      let frameCount: Int
      let text: String
      let frames: [Int]
      let naturalLogProbability: Double
    }

    let input: String
    let beamWidth: Int
    let intermediate: [Intermediate]
  }

  let runs: [Run]
  let streaming: Streaming

  static func read() throws -> DecodingGoldens {
    let path = Fixture.path("decoding/ds_ctcdecoder-0.9.3.json")
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try JSONDecoder().decode(DecodingGoldens.self, from: data)
  }

  static func probabilities(_ input: String) throws -> LabelProbabilities {
    try LabelProbabilities(path: Fixture.path("decoding/\(input).npy"))
  }
}
