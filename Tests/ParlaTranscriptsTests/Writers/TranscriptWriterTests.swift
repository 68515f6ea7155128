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

  @Test func plainTextHasALineForEachCandidate() {
    let result = TranscribedFile(
      file: "a.wav", transcript: transcript,
      candidates: [
        transcript, Transcript(text: "sole", words: [], naturalLogProbability: -3),
      ])
    #expect(PlainTextWriter.text(for: [result]) == "so \"é\"\nsole\n")
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

  @Test func jsonTellsConfidenceWhereItIsKnown() throws {
    let sure = Transcript(
      text: "so", words: [Word(text: "so", start: 0, end: 1, confidence: 0.87654)],
      naturalLogProbability: 0)
    let text = try JSONTranscriptWriter.text(for: [TranscribedFile(file: "a", transcript: sure)])
    #expect(text.contains("\"confidence\" : 0.877"))
  }

  @Test func everyFormatIsChosenByItsName() throws {
    let result = TranscribedFile(file: "a.wav", duration: 2, transcript: transcript)
    for format in TranscriptFormat.allCases {
      #expect(TranscriptFormat(rawValue: format.rawValue) == format)
      #expect(try !format.document(for: [result]).isEmpty)
    }
    #expect(TranscriptFormat.textGrid.fileExtension == "TextGrid")
    #expect(TranscriptFormat.deepSpeechJSON.fileExtension == "json")
  }

  @Test(arguments: TranscriptFormat.allCases)
  func emptyTextIsADocumentToo(format: TranscriptFormat) throws {
    let silent = Transcript(text: "", words: [], naturalLogProbability: 0)
    let result = TranscribedFile(file: "a.wav", duration: 1, transcript: silent)
    let expected: [TranscriptFormat: String] = [
      .text: "\n", .srt: "", .vtt: "WEBVTT\n\n", .ctm: "",
      .tsv: "file\tstart\tend\tconfidence\tword\n",
      .deepSpeechJSON: "{\n\"metadata\":{\"confidence\":0},\"words\":[]\n}\n\n",
    ]
    let text = try format.document(for: [result])
    if let expected = expected[format] { #expect(text == expected) }
  }
}
