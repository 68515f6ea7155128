import ParlaTranscripts
import Testing

@Suite struct TextGridWriterTests {
  private func text(_ words: [Word], duration: Double) -> String {
    TextGridWriter.text(
      for: TranscribedFile(
        file: "a.wav", duration: duration,
        transcript: Transcript(text: "", words: words, naturalLogProbability: 0)))
  }

  @Test func intervalsCoverTheRecording() {
    let words = [
      Word(text: "so", start: 0.5, end: 1), Word(text: "\"it\"", start: 1, end: 1.25),
    ]
    #expect(
      text(words, duration: 2) == """
        File type = "ooTextFile"
        Object class = "TextGrid"

        xmin = 0
        xmax = 2.000
        tiers? <exists>
        size = 2
        item []:
            item [1]:
                class = "IntervalTier"
                name = "words"
                xmin = 0
                xmax = 2.000
                intervals: size = 4
                intervals [1]:
                    xmin = 0.000
                    xmax = 0.500
                    text = ""
                intervals [2]:
                    xmin = 0.500
                    xmax = 1.000
                    text = "so"
                intervals [3]:
                    xmin = 1.000
                    xmax = 1.250
                    text = "\""it\""\"
                intervals [4]:
                    xmin = 1.250
                    xmax = 2.000
                    text = ""
            item [2]:
                class = "IntervalTier"
                name = "phrases"
                xmin = 0
                xmax = 2.000
                intervals: size = 3
                intervals [1]:
                    xmin = 0.000
                    xmax = 0.500
                    text = ""
                intervals [2]:
                    xmin = 0.500
                    xmax = 1.250
                    text = "so \""it\""\"
                intervals [3]:
                    xmin = 1.250
                    xmax = 2.000
                    text = ""

        """)
  }

  @Test func intervalsNeverOverlapNorVanish() {
    let words = [
      Word(text: "a", start: 0, end: 1), Word(text: "b", start: 0.5, end: 0.6),
      Word(text: "c", start: 3, end: 5),
    ]
    let lines = text(words, duration: 4).split(separator: "\n")
    let tier = lines.prefix { !$0.contains("item [2]") }
    let starts = tier.filter { $0.hasPrefix("            xmin") }
    let ends = tier.filter { $0.hasPrefix("            xmax") }
    #expect(starts.map { $0.suffix(5) } == ["0.000", "1.000", "1.001", "3.000"])
    #expect(ends.map { $0.suffix(5) } == ["1.000", "1.001", "3.000", "5.000"])
  }

  @Test func emptyTextIsOneEmptyInterval() {
    #expect(text([], duration: 2).contains("intervals: size = 1"))
  }
}
