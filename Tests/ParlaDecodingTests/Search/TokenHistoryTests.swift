import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct TokenHistoryTests {
  @Test func historiesShareTheirBeginnings() {
    var histories = TokenHistory()
    let a = histories.append(label: 0, frame: 3, to: TokenHistory.none)
    let ab = histories.append(label: 1, frame: 5, to: a)
    let ac = histories.append(label: 2, frame: 6, to: a)
    #expect(
      histories.tokens(ab, lastFrame: -1) == [Token(label: 0, frame: 3), Token(label: 1, frame: 5)])
    #expect(
      histories.tokens(ac, lastFrame: -1) == [Token(label: 0, frame: 3), Token(label: 2, frame: 6)])
    #expect(histories.tokens(TokenHistory.none, lastFrame: -1).isEmpty)
    #expect(histories.count == 3)
  }

  @Test func whatNothingRefersToIsFreed() {
    var histories = TokenHistory()
    let a = histories.append(label: 0, frame: 0, to: TokenHistory.none)
    let ab = histories.append(label: 1, frame: 1, to: a)
    histories.release(a)
    #expect(histories.count == 2)
    histories.release(ab)
    #expect(histories.count == 0)
    histories.release(TokenHistory.none)
    let c = histories.append(label: 2, frame: 2, to: TokenHistory.none)
    #expect([a, ab].contains(c))
    #expect(histories.tokens(c, lastFrame: -1) == [Token(label: 2, frame: 2)])
  }
}
