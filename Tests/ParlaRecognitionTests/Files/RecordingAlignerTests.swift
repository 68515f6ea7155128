import ParlaDecoding
import ParlaTranscripts
import Testing

@testable import ParlaRecognition

/// Passages end where the next begins, however short the reader's pauses are.
@Suite struct RecordingAlignerTests {
  /// Five seconds of sound with a pause.
  private func bounds(pause: Range<Double>) -> SoundBounds {
    var bounds = SoundBounds(sampleRate: 1000)
    bounds.feed((0..<5000).map { pause.contains(Double($0) / 1000) ? 0.001 : 0.5 })
    return bounds
  }

  private func passages(
    _ texts: [String], _ frames: [Int: Range<Int>], pause: Range<Double>
  ) -> [RecordingAligner.Passage] {
    let text = AlignmentText(texts, alphabet: .english)
    let found = frames.sorted { $0.key < $1.key }.map { word, frames in
      TextAligner.Found(word: word, frames: frames, score: -1, gapScore: -1)
    }
    return RecordingAligner.placed(
      AlignedPassage.all(of: text, found: found), of: text, in: bounds(pause: pause),
      secondsPerFrame: 0.02)
  }

  @Test func passagesAreDividedInAShortPause() throws {
    let found = passages(
      ["ab cd", "ef gh"], [0: 10..<50, 1: 60..<118, 2: 130..<180, 3: 190..<245], pause: 2.4..<2.5)
    try #require(found.count == 2)
    #expect(found.map(\.seconds) == [0..<2.45, 2.45..<5])
    #expect(found[0].clip(margin: 0.5) == 0..<2.45)
    #expect(found[1].clip(margin: 0.5).lowerBound == 2.45)
  }

  @Test func aWordFoundByChanceLimitsNoPassage() throws {
    let found = passages(
      ["ab cd", "xy zw vu ts", "ef gh"],
      [0: 10..<50, 1: 60..<110, 3: 111..<113, 6: 130..<180, 7: 190..<245], pause: 2.4..<2.5)
    try #require(found.map(\.index) == [0, 1, 2])
    #expect(found[0].seconds == 0..<2.45)
    #expect(found[1].seconds.upperBound <= 2.45)
    #expect(found[2].seconds == 2.45..<5)
  }

  @Test(arguments: [(0.1, 2.5, 2.7), (0.5, 2.6, 2.6)])
  func marginsShareAPause(margin: Double, end: Double, start: Double) throws {
    let found = passages(
      ["ab cd", "ef gh"], [0: 10..<50, 1: 60..<118, 2: 145..<180, 3: 190..<245], pause: 2.4..<2.8)
    try #require(found.count == 2)
    #expect(abs(found[0].clip(margin: margin).upperBound - end) < 1e-9)
    #expect(abs(found[1].clip(margin: margin).lowerBound - start) < 1e-9)
  }
}
