import ParlaTranscripts
import Testing

@Suite struct SubtitleWriterTests {
  private func result(_ words: [Word]) -> TranscribedFile {
    let text = words.map(\.text).joined(separator: " ")
    return TranscribedFile(
      file: "a.wav", duration: 9999,
      transcript: Transcript(text: text, words: words, naturalLogProbability: 0))
  }

  @Test func subtitlesEndAtPauses() {
    let words = [
      Word(text: "so", start: 0.1, end: 0.4), Word(text: "be", start: 0.5, end: 0.7),
      Word(text: "it", start: 3661.5, end: 3663.0625),
    ]
    #expect(
      SubtitleWriter.subRip(for: result(words)) == """
        1
        00:00:00,100 --> 00:00:01,100
        so be

        2
        01:01:01,500 --> 01:01:03,063
        it


        """)
    #expect(
      SubtitleWriter.webVTT(for: result(words)) == """
        WEBVTT

        00:00:00.100 --> 00:00:01.100
        so be

        01:01:01.500 --> 01:01:03.063
        it


        """)
  }

  @Test func subtitlesHaveTwoLinesAtMost() {
    let words = (0..<20).map { index in
      Word(text: "elevenchars", start: Double(index) * 0.3, end: Double(index) * 0.3 + 0.2)
    }
    let text = SubtitleWriter.subRip(for: result(words))
    let cues = text.split(separator: "\n\n").map { $0.split(separator: "\n").dropFirst(2) }
    #expect(cues.map(\.count) == [2, 2, 2, 1])
    #expect(cues.joined().allSatisfy { $0.count <= 42 })
    #expect(cues.joined().joined(separator: " ").split(separator: " ").count == 20)
  }

  @Test func subtitlesStayForSevenSecondsAtMost() {
    let words = (0..<4).map { index in
      Word(text: "slow", start: Double(index) * 3, end: Double(index) * 3 + 2.8)
    }
    #expect(SubtitleWriter.subRip(for: result(words)).contains("00:00:00,000 --> 00:00:05,800"))
  }

  @Test func aLongWordStandsAlone() {
    let long = String(repeating: "a", count: 100)
    let words = [Word(text: "b", start: 0, end: 1), Word(text: long, start: 1, end: 2)]
    #expect(SubtitleWriter.subRip(for: result(words)).contains("b\n\(long)\n"))
  }

  @Test func marksOfWebVTTAreSpelledOut() {
    let words = [Word(text: "a<b>&c", start: 0, end: 1)]
    #expect(SubtitleWriter.webVTT(for: result(words)).contains("a&lt;b&gt;&amp;c"))
  }
}
