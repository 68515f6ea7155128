import ParlaTranscripts
import Testing

@Suite struct TranscriptJoiningTests {
  /// "a", of label 1, at `frame`.
  static func transcript(_ text: String, _ frame: Int, _ score: Double) -> Transcript {
    Transcript(
      text: text,
      words: [Word(text: text, start: Double(frame) * 0.02, end: Double(frame) * 0.02 + 0.1)],
      tokens: [Token(label: 1, frame: frame)], naturalLogProbability: score)
  }

  @Test func timesCountFromTheRecordingsStart() throws {
    let pieces = [
      Transcript.Piece(candidates: [Self.transcript("so", 5, -1)], startFrame: 0),
      Transcript.Piece(candidates: [Self.transcript("it", 2, -2)], startFrame: 100),
    ]
    let joined = Transcript.joining(pieces, spaceLabel: 0, secondsPerFrame: 0.02)
    let whole = try #require(joined.first)
    #expect(joined.count == 1)
    #expect(whole.text == "so it")
    #expect(whole.words.map(\.start) == [0.1, 2.04])
    #expect(
      whole.tokens == [
        Token(label: 1, frame: 5), Token(label: 0, frame: 100), Token(label: 1, frame: 102),
      ])
    #expect(whole.naturalLogProbability == -3)
  }

  @Test func theBestCombinationsComeFirst() {
    let pieces = [
      Transcript.Piece(
        candidates: [Self.transcript("a", 0, -1), Self.transcript("b", 0, -2)], startFrame: 0),
      Transcript.Piece(
        candidates: [
          Self.transcript("c", 0, 0), Self.transcript("d", 0, -0.5), Self.transcript("e", 0, -9),
        ],
        startFrame: 10),
    ]
    let joined = Transcript.joining(pieces, spaceLabel: 0, secondsPerFrame: 0.02, count: 4)
    #expect(joined.map(\.text) == ["a c", "a d", "b c", "b d"])
  }

  @Test func piecesWithoutSpeechAddNothing() {
    let silent = Transcript(text: "", words: [], naturalLogProbability: -0.5)
    let pieces = [
      Transcript.Piece(candidates: [silent], startFrame: 0),
      Transcript.Piece(candidates: [Self.transcript("a", 0, -1)], startFrame: 50),
      Transcript.Piece(candidates: [silent], startFrame: 90),
    ]
    let joined = Transcript.joining(pieces, spaceLabel: 0, secondsPerFrame: 0.02)
    #expect(joined.map(\.text) == ["a"])
    #expect(joined.first?.tokens == [Token(label: 1, frame: 50)])
  }

  @Test func nothingJoinsToNothing() {
    #expect(Transcript.joining([], spaceLabel: 0, secondsPerFrame: 0.02).map(\.text) == [""])
  }

  @Test func withoutASpacePiecesFollowDirectly() {
    let pieces = [0, 50].map {
      Transcript.Piece(candidates: [Self.transcript("日", 0, -1)], startFrame: $0)
    }
    let joined = Transcript.joining(pieces, spaceLabel: nil, secondsPerFrame: 0.02)
    #expect(joined.map(\.text) == ["日日"])
  }
}
