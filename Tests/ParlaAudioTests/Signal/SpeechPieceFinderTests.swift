import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct SpeechPieceFinderTests {
  static let sound: [Float] = [0.5, 3, 1.2, 0.7, 6, 0.9, 2, 0.6].enumerated().flatMap {
    $0.isMultiple(of: 2)
      ? SyntheticVoice.speech(seconds: $1) : SyntheticVoice.silence(seconds: $1)
  }

  @Test(arguments: [313, 4096, 50_000], [4.0, 30])
  func piecesOfAnySizeGiveTheSame(size: Int, longest: Double) {
    let whole = Waveform(samples: Self.sound, sampleRate: 16000)
      .speechPieces(longestSeconds: longest, alignment: 320)
    var finder = SpeechPieceFinder(sampleRate: 16000, longestSeconds: longest, alignment: 320)
    var found: [Range<Int>] = []
    var needed = 0
    for start in stride(from: 0, to: Self.sound.count, by: size) {
      let end = min(start + size, Self.sound.count)
      let pieces = finder.feed(Array(Self.sound[start..<end]))
      #expect(pieces.allSatisfy { $0.lowerBound >= needed && $0.upperBound <= end })
      found += pieces
      needed = finder.firstNeeded
    }
    let rest = finder.finish()
    #expect(rest.allSatisfy { $0.lowerBound >= needed })
    #expect(found + rest == whole)
    #expect(whole.count > 1)
  }

  @Test func whatIsSettledBelongsToThePiece() throws {
    let sound =
      SyntheticVoice.silence(seconds: 3)
      + Array(repeatElement(SyntheticVoice.speech(seconds: 2), count: 7).joined())
    var finder = SpeechPieceFinder(sampleRate: 16000, longestSeconds: 2)
    var settled: [Range<Int>] = []
    var found: [Range<Int>] = []
    for start in stride(from: 0, to: sound.count, by: 4096) {
      found += finder.feed(Array(sound[start..<min(start + 4096, sound.count)]))
      if let range = finder.settled { settled.append(range) }
    }
    found += finder.finish()
    let piece = try #require(found.last)
    #expect(settled.count > 20)
    #expect(settled.allSatisfy { $0.lowerBound == piece.lowerBound })
    #expect(settled.allSatisfy { $0.upperBound <= piece.upperBound })
  }
}
