import ParlaPlatform

/// How loud and how noise-like sound is between 100 and 4000 Hz, the band of speech, every 10 ms.
struct SpeechBand: Sendable {
  /// What is known of one frame.
  struct Frame: Equatable {
    /// The mean power in the band, in decibels below full scale.
    let level: Float
    /// Geometric over arithmetic mean of the spectrum's power: 0.56 for white noise, less for voices and tones.
    let flatness: Float
  }

  /// Samples from one frame to the next, 10 ms.
  let stepLength: Int

  /// Samples that a frame sees: the first power of two from 25 ms on.
  let windowLength: Int

  private let window: [Double]
  private let bins: Range<Int>
  private let scale: Double
  private let fourierTransform: FourierTransform
  private var workspace: FourierTransform.Workspace

  init(sampleRate: Int) {
    stepLength = max(1, sampleRate / 100)
    var length = 4
    while length < sampleRate / 40 { length *= 2 }
    windowLength = length
    let window = (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
    self.window = window
    fourierTransform = FourierTransform(length: length)
    workspace = fourierTransform.makeWorkspace()
    let low = max(1, 100 * length / sampleRate)
    bins = low..<min(length / 2, max(low + 1, 4000 * length / sampleRate)) + 1
    // Parseval: a bin represents itself and its mirror image.
    scale = 2 / (Double(length) * window.reduce(0) { $0 + $1 * $1 })
  }

  /// The frame of the samples from `start` on, of which there are enough.
  mutating func frame(_ samples: [Float], at start: Int) -> Frame {
    for pair in 0..<windowLength / 2 {
      let index = 2 * pair
      workspace.setPair(
        pair, Double(samples[start + index]) * window[index],
        Double(samples[start + index + 1]) * window[index + 1])
    }
    fourierTransform.transform(&workspace)
    var sum = 0.0
    var logarithms = 0.0
    for bin in bins {
      let power = Double(workspace.power[bin]) + 1e-10
      sum += power
      logarithms += log(power)
    }
    let mean = sum / Double(bins.count)
    return Frame(
      level: Float(10 * log10(sum * scale + 1e-12)),
      flatness: Float(exp(logarithms / Double(bins.count)) / mean))
  }
}
