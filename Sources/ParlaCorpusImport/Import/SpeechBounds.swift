import Foundation
import ParlaAudio

/// Where the speech of a recording starts and ends, by its loudness.
///
/// A frame of 10 ms is speech where it is louder than a threshold: 9 dB above the quietest tenth of the recording, but
/// between 35 and 25 dB below its loudest frame, so that neither noise nor echo counts, and faint endings stay.
enum SpeechBounds {
  /// The samples from the first speech to the last; nil if the recording is silent.
  static func find(in waveform: Waveform) -> Range<Int>? {
    let frameLength = max(1, waveform.sampleRate / 100)
    let levels = frameLevels(waveform.samples, frameLength: frameLength)
    guard let loudest = levels.max(), loudest > silenceLevel else { return nil }
    let quietest = levels.sorted()[levels.count / 10]
    let threshold = min(max(quietest + 9, loudest - 35), loudest - 25)
    guard let first = levels.firstIndex(where: { $0 > threshold }),
      let last = levels.lastIndex(where: { $0 > threshold })
    else { return nil }
    return first * frameLength..<min((last + 1) * frameLength, waveform.samples.count)
  }

  /// The mean power of each frame in decibels below full scale.
  private static func frameLevels(_ samples: [Float], frameLength: Int) -> [Float] {
    stride(from: 0, to: samples.count, by: frameLength).map { start in
      let frame = samples[start..<min(start + frameLength, samples.count)]
      let power = frame.reduce(0) { $0 + $1 * $1 } / Float(frame.count)
      return 10 * log10(power + 1e-12)
    }
  }

  /// A recording whose loudest frame stays below is silent, in decibels below full scale.
  private static let silenceLevel: Float = -60
}
