import ParlaAudio
import Testing

@testable import ParlaCorpusImport

@Suite struct SpeechBoundsTests {
  /// Half a second of `noise`, one second of a tone with `peak`, half a second of noise.
  private func recording(peak: Float, noise: Float) -> Waveform {
    let samples = (0..<32000).map { index -> Float in
      let sign: Float = index % 2 == 0 ? 1 : -1
      return sign * ((8000..<24000).contains(index) ? peak : noise)
    }
    return Waveform(samples: samples, sampleRate: 16000)
  }

  @Test(arguments: [(0.5, 0), (0.5, 0.005), (0.01, 0.0001)] as [(Float, Float)])
  func findsTheLoudPart(peak: Float, noise: Float) {
    #expect(SpeechBounds.find(in: recording(peak: peak, noise: noise)) == 8000..<24000)
  }

  @Test func noiseNearTheSpeechKeepsAll() {
    #expect(SpeechBounds.find(in: recording(peak: 0.5, noise: 0.1)) == 0..<32000)
  }

  @Test func silenceHasNoSpeech() {
    #expect(SpeechBounds.find(in: recording(peak: 0.0005, noise: 0)) == nil)
    #expect(SpeechBounds.find(in: Waveform(samples: [], sampleRate: 16000)) == nil)
  }
}
