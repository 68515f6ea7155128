import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct ResamplerTests {
  @Test(arguments: [(8000, 16000), (44100, 16000), (16000, 8000), (22050, 16000), (16000, 48000)])
  func toneStaysTheSameTone(from: Int, to: Int) throws {
    let resampled = try tone(sampleRate: from).resampled(to: to)
    let expected = tone(sampleRate: to)
    #expect(resampled.sampleRate == to)
    // Near the ends the filter sees the silence outside.
    let inner = to / 20..<(to - to / 20)
    expectClose(Array(resampled.samples[inner]), Array(expected.samples[inner]), absolute: 1e-4)
  }

  @Test(arguments: [
    (1, 11025, 16000), (7, 44100, 16000), (23399, 8000, 16000), (999, 48000, 16000),
  ])
  func lengthIsRounded(count: Int, from: Int, to: Int) throws {
    let waveform = Waveform(samples: [Float](repeating: 0.25, count: count), sampleRate: from)
    let expected = (Double(count) * Double(to) / Double(from)).rounded()
    #expect(try waveform.resampled(to: to).samples.count == Int(expected))
  }

  @Test func theSameRateChangesNothing() throws {
    let waveform = Waveform(samples: [0.1, -0.7, 0.3], sampleRate: 16000)
    #expect(try waveform.resampled(to: 16000) == waveform)
  }

  @Test func nothingStaysNothing() throws {
    let nothing = Waveform(samples: [], sampleRate: 8000)
    #expect(try nothing.resampled(to: 16000).samples.isEmpty)
  }

  @Test func aliasesAreSuppressed() throws {
    let high = tone(sampleRate: 16000, frequency: 6000)
    let samples = try high.resampled(to: 8000).samples[400..<7600]
    #expect((samples.map(abs).max() ?? 1) < 1e-4)
  }

  @Test func absurdRatesAreRefused() {
    let waveform = Waveform(samples: [0], sampleRate: 16000)
    for rate in [0, -5, 99, 2_000_000] {
      #expect(throws: AudioError.self) { try waveform.resampled(to: rate) }
    }
  }

  private func tone(sampleRate: Int, frequency: Double = 440) -> Waveform {
    let samples = (0..<sampleRate).map {
      Float(0.5 * sin(2 * .pi * frequency * Double($0) / Double(sampleRate)))
    }
    return Waveform(samples: samples, sampleRate: sampleRate)
  }
}
