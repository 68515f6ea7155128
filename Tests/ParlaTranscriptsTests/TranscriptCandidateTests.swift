import ParlaTranscripts
import Testing

@Suite struct TranscriptCandidateTests {
  @Test func wordsEndWithTheirLastLabelAndStartBeforeTheFirst() throws {
    let transcript = try transcript(of: "to be", atFrames: [2, 4, 7, 9, 12])
    #expect(transcript.text == "to be")
    #expect(
      transcript.words == [
        Word(text: "to", start: 0.92, end: 2.5), Word(text: "be", start: 4.42, end: 6.5),
      ])
    #expect(transcript.naturalLogProbability == -1.5)
  }

  @Test func spacesAloneAreNoWords() throws {
    let transcript = try transcript(of: "  a  ", atFrames: [0, 1, 2, 3, 4])
    #expect(transcript.words == [Word(text: "a", start: 0.92, end: 1.5)])
    #expect(transcript.text == "  a  ")
  }

  @Test func noWordStartsBeforeTheOneBeforeEnds() throws {
    let transcript = try transcript(of: "a b", atFrames: [0, 1, 2], secondsPerFrame: 0.02)
    #expect(transcript.words.map(\.start) == [0, 0.02])
  }

  @Test func emptyTextIsEmpty() throws {
    #expect(try transcript(of: "", atFrames: []).words.isEmpty)
  }

  @Test func withoutASpaceLabelAllIsOneWord() throws {
    let candidate = Candidate(
      tokens: [Token(label: 0, frame: 0), Token(label: 1, frame: 3)], naturalLogProbability: 0)
    let transcript = Transcript(
      candidate: candidate, alphabet: try Alphabet(labels: ["你", "好"]), secondsPerFrame: 1)
    #expect(transcript.words == [Word(text: "你好", start: 0, end: 4)])
  }

  private func transcript(
    of text: String, atFrames frames: [Int], secondsPerFrame: Double = 0.5
  ) throws -> Transcript {
    let labels = try Alphabet.english.encode(text)
    let tokens = zip(labels, frames).map { Token(label: $0, frame: $1) }
    return Transcript(
      candidate: Candidate(tokens: tokens, naturalLogProbability: -1.5), alphabet: .english,
      secondsPerFrame: secondsPerFrame)
  }
}
