import Testing

@testable import ParlaDecoding

@Suite struct SearchCandidateTests {
  @Test func higherScoresThenSmallerLabelsAreBetter() {
    let best = SearchCandidate(node: 0, label: 5, score: 0.5)
    let ranked = [
      best,
      SearchCandidate(node: 0, label: 2, score: 0),
      SearchCandidate(node: 0, label: 3, score: -0.0),
      SearchCandidate(node: 0, label: 0, score: -1.5),
      SearchCandidate(childOf: 0, label: 7, score: -1.5),
      SearchCandidate(node: 0, label: PrefixTree.noLabel, score: -1.5),
      SearchCandidate(node: 0, label: 0, score: -1e30),
    ]
    for (better, worse) in zip(ranked, ranked.dropFirst()) { #expect(better.key > worse.key) }
  }

  @Test func holdsWhatItWasMadeOf() {
    for score: Float in [0, 1e-7, 12.5, -1e-30, -87.25, -3e38] {
      let new = SearchCandidate(childOf: 9, label: 4, score: score)
      #expect(new.node == nil)
      #expect(new.parent == 9)
      #expect(new.label == 4)
      #expect(new.score == score)
      let known = SearchCandidate(node: 0, label: PrefixTree.noLabel, score: score)
      #expect(known.node == 0)
      #expect(known.label == PrefixTree.noLabel)
    }
  }

  @Test func bestMoveToTheFront() {
    var random = SplitMix(state: 1)
    for round in 1...200 {
      // Few different scores, so that there are many equals.
      let scores = (0..<round).map { _ in Float(Int.random(in: -20...0, using: &random)) }
      var candidates = scores.map { SearchCandidate(node: 0, label: 0, score: $0) }
      let count = Int.random(in: 1...round, using: &random)
      candidates.moveBestToFront(count)
      let front = candidates.prefix(count).map(\.score).sorted(by: >)
      #expect(front == Array(scores.sorted(by: >).prefix(count)))
    }
  }
}
