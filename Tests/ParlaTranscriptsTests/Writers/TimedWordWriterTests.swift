import ParlaTranscripts
import Testing

@Suite struct TimedWordWriterTests {
  private let result = TranscribedFile(
    file: "talks/my talk.one.wav", duration: 2,
    transcript: Transcript(
      text: "so be it",
      words: [
        Word(text: "so", start: 0.1, end: 0.333),
        Word(text: "be it", start: 0.5, end: 0.4, confidence: 0.5),
      ], naturalLogProbability: -1))

  @Test func timeMarksHaveStartAndDuration() {
    #expect(
      TimedWordWriter.conversationTimeMarks(for: result) == """
        my_talk.one 1 0.10 0.23 so
        my_talk.one 1 0.50 0.00 be_it 0.500

        """)
  }

  @Test func tableHasARowForEachWord() {
    #expect(
      TimedWordWriter.table(for: [result]) == """
        file\tstart\tend\tconfidence\tword
        talks/my talk.one.wav\t0.100\t0.333\t\tso
        talks/my talk.one.wav\t0.500\t0.400\t0.500\tbe it

        """)
  }

  @Test func tableHoldsNoTabsAndLineEndsOfNames() {
    let odd = TranscribedFile(
      file: "a\tb\nc", transcript: result.transcript)
    #expect(TimedWordWriter.table(for: [odd]).contains("a b c\t0.100"))
  }
}
