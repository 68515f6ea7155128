import ParlaPlatform

/// Overlapping triangles, evenly spaced on the mel scale, that sum the spectrum to a few channels.
///
/// After TensorFlow 1.15's `mfcc_mel_filterbank.cc`: a bin is between two neighbouring centres, so it adds to two channels
/// at most, with weights that sum to 1. There is no normalisation by area.
struct MelFilterbank: Sendable {
  /// How many channels there are.
  let channelCount: Int

  /// The first bin that counts.
  private let firstBin: Int

  /// For each bin from the first: the channel on whose falling side it is, plus 1, so that 0 is "before all".
  private let channels: [Int]

  /// For each bin from the first: the weight in that channel; the rest goes to the next channel.
  private let weights: [Double]

  /// Spreads `channelCount` channels from `lowerEdge` to `upperEdge`, in hertz, for spectra of `binCount` bins.
  ///
  /// TensorFlow's first bin is the second above the lower edge, or the first that is more than half a bin above it.
  init(
    channelCount: Int, binCount: Int, sampleRate: Int, lowerEdge: Double, upperEdge: Double,
    takesAllBins: Bool = false
  ) {
    self.channelCount = channelCount
    let lowestMel = Self.mel(lowerEdge)
    let spacing = (Self.mel(upperEdge) - lowestMel) / Double(channelCount + 1)
    // Edge 0 is the lower edge, edge k the centre of channel k - 1, the last the upper edge.
    let edges = (0...channelCount + 1).map { lowestMel + spacing * Double($0) }
    let hertzPerBin = 0.5 * Double(sampleRate) / Double(binCount - 1)
    let place = lowerEdge / hertzPerBin
    firstBin = Int(takesAllBins ? place.rounded(.up) : 1.5 + place)
    let lastBin = min(Int(upperEdge / hertzPerBin), binCount - 1)
    var channels: [Int] = []
    var weights: [Double] = []
    var channel = 0
    for bin in stride(from: firstBin, through: lastBin, by: 1) {
      let mel = Self.mel(Double(bin) * hertzPerBin)
      while channel < channelCount, edges[channel + 1] < mel { channel += 1 }
      channels.append(channel)
      weights.append((edges[channel + 1] - mel) / (edges[channel + 1] - edges[channel]))
    }
    self.channels = channels
    self.weights = weights
  }

  /// Sums the magnitudes, square roots of `power`, or the power itself, to `sums`, whose element k + 1 is channel k.
  ///
  /// The first and last of its `channelCount + 2` elements take what falls outside all channels.
  func sum(_ power: [Float], ofPower isPower: Bool = false, into sums: inout [Double]) {
    for index in sums.indices { sums[index] = 0 }
    for index in channels.indices {
      let value = Double(power[firstBin + index])
      let magnitude = isPower ? value : value.squareRoot()
      let weighted = magnitude * weights[index]
      sums[channels[index]] += weighted
      sums[channels[index] + 1] += magnitude - weighted
    }
  }

  private static func mel(_ hertz: Double) -> Double { 1127 * log(1 + hertz / 700) }
}
