import ParlaTranscripts
import Testing

@Suite struct TranscriptWriterTests {
  private let transcript = Transcript(
    text: "so \"é\"", words: [Word(text: "so", start: 0.1 + 0.2, end: 1)],
    naturalLogProbability: -2.5)

  @Test func plainTextNamesFilesOnlyWhenThereAreSeveral() {
    let first = TranscribedFile(file: "a.wav", transcript: transcript)
    let second = TranscribedFile(file: "b.wav", transcript: transcript)
    #expect(PlainTextWriter.text(for: [first]) == "so \"é\"\n")
    #expect(PlainTextWriter.text(for: [first, second]) == "a.wav: so \"é\"\nb.wav: so \"é\"\n")
  }

  @Test func jsonHasAnObjectForEachFile() throws {
    let result = TranscribedFile(file: "dir/a.wav", transcript: transcript)
    #expect(
      try JSONTranscriptWriter.text(for: [result]) == """
        [
          {
            "file" : "dir/a.wav",
            "text" : "so \\"é\\"",
            "words" : [
              {
                "end" : 1,
                "start" : 0.3,
                "text" : "so"
              }
            ]
          }
        ]

        """)
  }

  @Test func jsonListsCandidatesWhenAskedFor() throws {
    let result = TranscribedFile(
      file: "a.wav", transcript: transcript, candidates: [transcript])
    let text = try JSONTranscriptWriter.text(for: [result])
    #expect(text.contains("\"candidates\" : ["))
    #expect(text.contains("\"natural_log_probability\" : -2.5"))
  }
}
