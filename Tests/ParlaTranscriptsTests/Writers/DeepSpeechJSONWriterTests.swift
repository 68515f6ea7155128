import ParlaTranscripts
import Testing

@Suite struct DeepSpeechJSONWriterTests {
  private static let labels = TokenLabels(texts: [" ", "a", "é", "\""], secondsPerFrame: 0.02)

  private func transcript(_ tokens: [(Int, Int)], _ score: Double) -> Transcript {
    Transcript(
      text: "", words: [], tokens: tokens.map { Token(label: $0.0, frame: $0.1) },
      naturalLogProbability: score)
  }

  /// "aé" at 0.06 s to the space at 0.2 s, then "\"" at 0.26 s.
  private var two: TranscribedFile {
    let best = transcript([(1, 3), (2, 7), (0, 10), (3, 13)], -1.690154)
    let other = transcript([(1, 3)], -1_234_567)
    return TranscribedFile(
      file: "a.wav", transcript: best, candidates: [best, other], labels: Self.labels)
  }

  @Test func nativeClientsLayout() {
    #expect(
      DeepSpeechJSONWriter.nativeText(for: two) == """
        {
        "metadata":{"confidence":-1.69015},"words":[{"word":"aé","time":0.06,"duration":0.14},\
        {"word":"\\"","time":0.26,"duration":0}],
        "alternatives":[
        {"metadata":{"confidence":-1.23457e+06},"words":[{"word":"a","time":0.06,"duration":0}]}
        ]
        }


        """)
  }

  @Test func pythonClientsLayout() {
    #expect(
      DeepSpeechJSONWriter.pythonText(for: two) == """
        {
          "transcripts": [
            {
              "confidence": -1.690154,
              "words": [
                {
                  "word": "a\\u00e9",
                  "start_time": 0.06,
                  "duration": 0.14
                },
                {
                  "word": "\\"",
                  "start_time": 0.26,
                  "duration": 0.0
                }
              ]
            },
            {
              "confidence": -1234567.0,
              "words": [
                {
                  "word": "a",
                  "start_time": 0.06,
                  "duration": 0.0
                }
              ]
            }
          ]
        }

        """)
  }

  @Test func emptyTextHasNoWords() {
    let silent = TranscribedFile(
      file: "a.wav", transcript: transcript([], 0), labels: Self.labels)
    #expect(
      DeepSpeechJSONWriter.nativeText(for: silent)
        == "{\n\"metadata\":{\"confidence\":0},\"words\":[]\n}\n\n")
    #expect(DeepSpeechJSONWriter.pythonText(for: silent).contains("\"words\": []"))
  }
}
