import Foundation

/// Sums magnitudes of frequency bins in overlapping triangles that are evenly spaced on the mel scale.
///
/// As TensorFlow 1.15's `core/kernels/mfcc_mel_filterbank.cc`: every bin belongs to two channels at most, so the bank is
/// a weight and a channel for each bin rather than a matrix.
struct MelFilterbank: Sendable {
  /// How many channels come out.
  let channelCount: Int

  /// The first bin that counts.
  private let firstBin: Int
  /// From `firstBin` on: the lower channel of each bin, -1 below the first, and the bin's share in it.
  private let lowerChannels: [Int]
  private let lowerWeights: [Double]

  /// A bank of `channelCount` channels from `lowest` to `highest` hertz for `binCount` bins up to half of `sampleRate`.
  init(
    channelCount: Int, binCount: Int, sampleRate: Int, lowest: Double, highest: Double
  ) {
    self.channelCount = channelCount
    let melLow = Self.mel(lowest)
    let spacing = (Self.mel(highest) - melLow) / Double(channelCount + 1)
    let centers = (0...channelCount).map { melLow + spacing * Double($0 + 1) }
    let hertzPerBin = 0.5 * Double(sampleRate) / Double(binCount - 1)
    let first = Int(1.5 + lowest / hertzPerBin)
    let last = min(Int(highest / hertzPerBin), binCount - 1)
    firstBin = first
    var channels: [Int] = []
    var weights: [Double] = []
    var channel = 0
    for bin in stride(from: first, through: last, by: 1) {
      let mel = Self.mel(Double(bin) * hertzPerBin)
      while channel < channelCount, centers[channel] < mel { channel += 1 }
      let below = channel == 0 ? melLow : centers[channel - 1]
      channels.append(channel - 1)
      weights.append((centers[channel] - mel) / (centers[channel] - below))
    }
    lowerChannels = channels
    lowerWeights = weights
  }

  private static func mel(_ hertz: Double) -> Double { 1127 * log1p(hertz / 700) }

  /// Writes each channel's sum of the square roots of `power` to `channels`.
  func apply(to power: [Float], into channels: inout [Double]) {
    for index in channels.indices { channels[index] = 0 }
    for (offset, lower) in lowerChannels.enumerated() {
      let magnitude = Double(power[firstBin + offset]).squareRoot()
      let weighted = magnitude * lowerWeights[offset]
      if lower >= 0 { channels[lower] += weighted }
      if lower + 1 < channelCount { channels[lower + 1] += magnitude - weighted }
    }
  }
}
