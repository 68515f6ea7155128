import Testing

@testable import ParlaAudio

@Suite struct MelFilterbankTests {
  @Test func aBinIsSharedByTwoNeighbours() {
    let bank = MelFilterbank(
      channelCount: 40, binCount: 257, sampleRate: 16000, lowerEdge: 20, upperEdge: 8000)
    var sums = [Double](repeating: 7, count: 42)
    for bin in [2, 10, 100, 256] {
      var power = [Float](repeating: 0, count: 257)
      power[bin] = 4
      bank.sum(power, into: &sums)
      let channels = sums.indices.filter { sums[$0] > 1e-12 }
      #expect(channels.count <= 2)
      #expect(abs(sums.reduce(0, +) - 2) < 1e-12)
      #expect((channels.last ?? 0) - (channels.first ?? 0) <= 1)
    }
  }

  @Test func binsBelowTheLowerEdgeDoNotCount() {
    let bank = MelFilterbank(
      channelCount: 40, binCount: 257, sampleRate: 16000, lowerEdge: 20, upperEdge: 8000)
    var sums = [Double](repeating: 0, count: 42)
    var power = [Float](repeating: 0, count: 257)
    power[0] = 1
    power[1] = 1
    bank.sum(power, into: &sums)
    #expect(sums.allSatisfy { $0 == 0 })
  }
}
