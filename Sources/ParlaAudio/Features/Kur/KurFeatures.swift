/// Computes the features of Kur's speech models: `type: spec`, `mfcc` and `raw` of its supplier `speech_recognition`.
///
/// Kur 0.7, `kur/utils/audio.py`. Windows and steps are so long in seconds at any rate; nothing is resampled.
package struct KurFeatures: Sendable, Equatable {
  /// What a frame holds.
  package enum Kind: String, Sendable, CaseIterable {
    /// The logarithm of the power of each frequency bin.
    case spectrogram = "spec"
    /// Thirteen mel-frequency cepstral coefficients.
    case mfcc
    /// The samples as they are stored.
    case raw
  }

  /// What a frame holds.
  package var kind: Kind

  /// The highest frequency that counts, in hertz; nil for all.
  package var highestFrequency: Double?

  /// Describes features.
  package init(_ kind: Kind, highestFrequency: Double? = nil) {
    self.kind = kind
    self.highestFrequency = highestFrequency
  }

  /// The frames of `sound`, [frames][features].
  ///
  /// - Throws: `AudioError.tooShort` for a sound that is shorter than a window of the spectrogram.
  package func frames(of sound: StoredSound) throws(AudioError) -> [[Double]] {
    switch kind {
    case .spectrogram: try spectrogram(sound)
    case .mfcc: KurCepstra(sampleRate: sound.sampleRate, highestFrequency).frames(of: sound)
    case .raw: sound.samples.map { [$0] }
    }
  }

  /// Numbers in a frame of sound at `sampleRate`.
  package func featureCount(sampleRate: Int) -> Int {
    switch kind {
    case .spectrogram: binCount(windowLength: sampleRate / 50)
    case .mfcc: KurCepstra.coefficientCount
    case .raw: 1
    }
  }

  /// Bins of 50 Hz up to the highest frequency.
  private func binCount(windowLength: Int) -> Int {
    let all = windowLength / 2 + 1
    guard let highestFrequency else { return all }
    return min(all, Int(min(highestFrequency / 50, Double(all)) + 0.5) + 1)
  }

  /// ln(P + 1e-14), where P is the power density of windows of 20 ms every 10 ms under a symmetric Hann window.
  private func spectrogram(_ sound: StoredSound) throws(AudioError) -> [[Double]] {
    let rate = Double(sound.sampleRate)
    let length = Int(0.02 * rate)
    let step = Int(0.01 * rate)
    guard step > 0, sound.samples.count >= length else {
      throw .tooShort(found: sound.samples.count, expected: max(length, 100))
    }
    let frame = KurSpectrumFrame(
      sampleRate: sound.sampleRate, binCount: binCount(windowLength: length))
    return stride(from: 0, through: sound.samples.count - length, by: step).map { start in
      frame.frame(sound.samples[start..<start + length].map { $0 / sound.fullScale })
    }
  }
}
