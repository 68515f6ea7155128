import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct StreamingResamplerTests {
  static let chirp = (0..<20_000).map { Float(0.5 * sin(1e-6 * Double($0 * $0))) }

  @Test(arguments: [8000, 44_100, 48_000]) func piecesAreResampledAsTheWhole(rate: Int) throws {
    let whole = try Waveform(samples: Self.chirp, sampleRate: rate).resampled(to: 16000).samples
    var resampler = try StreamingResampler(from: rate, to: 16000)
    var pieces: [Float] = []
    for start in stride(from: 0, to: Self.chirp.count, by: 777) {
      pieces += try resampler.feed(
        Array(Self.chirp[start..<min(start + 777, Self.chirp.count)]))
    }
    pieces += try resampler.finish()
    #expect(abs(pieces.count - whole.count) <= 1)
    let count = min(pieces.count, whole.count)
    expectClose(Array(pieces[..<count]), Array(whole[..<count]), absolute: 1e-5)
  }

  @Test func impossibleRatesAreNamed() {
    #expect(throws: AudioError.self) { _ = try StreamingResampler(from: 1, to: 16000) }
  }

  @Test func aSourceComesOutAtTheRateAskedFor() throws {
    var source = LiveSource(name: "pipe", rate: 8000, target: 16000)
    let bytes = Self.chirp.prefix(8000).flatMap { sample in
      let value = UInt16(bitPattern: Int16(sample * 32767))
      return [UInt8(value & 0xff), UInt8(value >> 8)]
    }
    var count = 0
    for start in stride(from: 0, to: bytes.count, by: 999) {
      count += try source.feed(Array(bytes[start..<min(start + 999, bytes.count)])).count
    }
    count += try source.rest().count
    try source.finish()
    #expect(abs(count - 16000) <= 1)
  }
}
