import Foundation
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts

extension DeepgramRequest {
  /// What a file that was sent says (POST /v1/listen), in Deepgram's form.
  func answer(_ transcribed: TranscribedFile) -> Answer {
    let transcript = transcribed.transcript
    var results: [String: JSONValue] = [
      "channels": [["alternatives": [Self.said(transcript.words, transcript.text)]]]
    ]
    if let utteranceSplit {
      let utterances = Self.utterances(transcript.words, apartBy: utteranceSplit)
      results["utterances"] = .array(utterances.enumerated().map(utterance))
    }
    return Answer(
      json: [
        "metadata": [
          "transaction_key": "deprecated", "request_id": .string(id),
          "sha256": .string(String(repeating: "0", count: 64)),
          "created": .string(Date().formatted(.iso8601)),
          "duration": .seconds(transcribed.duration),
          "channels": 1, "models": [.string(id)],
          "model_info": [id: ["name": .string(model.name), "version": "1", "arch": "parla"]],
        ],
        "results": .object(results),
      ])
  }

  private static func said(_ words: [Word], _ text: String) -> JSONValue {
    [
      "transcript": .string(text), "confidence": .seconds(words.meanConfidence),
      "words": .array(words.map(\.deepgram)),
    ]
  }

  /// The words between pauses of `gap` seconds.
  static func utterances(
    _ words: [Word], apartBy gap: Double
  ) -> [[Word]] {
    words.reduce(into: []) { utterances, word in
      if let last = utterances.last?.last, word.start - last.end < gap {
        utterances[utterances.count - 1].append(word)
      } else {
        utterances.append([word])
      }
    }
  }

  private func utterance(_ number: Int, _ words: [Word]) -> JSONValue {
    let text = words.map(\.text).joined(separator: " ")
    var members = Self.said(words, text).members ?? [:]
    members["id"] = .string("\(id)-\(number)")
    members["channel"] = 0
    members["start"] = .seconds(words.first?.start ?? 0)
    members["end"] = .seconds(words.last?.end ?? 0)
    return .object(members)
  }
}
