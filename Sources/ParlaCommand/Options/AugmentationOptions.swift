import ArgumentParser
import ParlaTraining

/// How recordings are changed each time they are trained on.
struct AugmentationOptions: ParsableArguments {
  @Option(
    name: .customLong("augment"),
    help: ArgumentHelp(
      """
      Vary recordings each time, such as pitch[p=0.2,pitch=1~0.1]; may be repeated. recommended is a \
      mild mixture of several, none leaves them unchanged. (default: the network's, or none)
      """, valueName: "name[parameter=value,…]"))
  var specifications: [String] = []

  @OptionGroup var older: OlderAugmentationOptions

  func apply(to configuration: inout TrainingConfiguration) {
    let asked = specifications + older.specifications
    if !asked.isEmpty { configuration.batch.augmentations = asked == ["none"] ? [] : asked }
  }
}

/// The flags that DeepSpeech had for augmentation before 0.8.
struct OlderAugmentationOptions: ParsableArguments {
  @Option(help: .hidden, transform: finite) var dataAugFeaturesAdditive: Double = 0
  @Option(help: .hidden, transform: finite) var dataAugFeaturesMultiplicative: Double = 0
  @Option(help: .hidden, transform: finite) var augmentationSpecDropoutKeeprate: Double = 1
  @Option(help: .hidden, transform: finite) var augmentationSpeedUpStd: Double = 0

  @Flag(help: .hidden) var augmentationSparseWarp = false
  @Option(help: .hidden) var augmentationSparseWarpNumControlPoints: Int = 1

  @Flag(help: .hidden) var augmentationFreqAndTimeMasking = false
  @Option(help: .hidden) var augmentationFreqAndTimeMaskingFreqMaskRange: Int = 5
  @Option(help: .hidden) var augmentationFreqAndTimeMaskingNumberFreqMasks: Int = 3
  @Option(help: .hidden) var augmentationFreqAndTimeMaskingTimeMaskRange: Int = 2
  @Option(help: .hidden) var augmentationFreqAndTimeMaskingNumberTimeMasks: Int = 3

  @Flag(help: .hidden) var augmentationPitchAndTempoScaling = false
  @Option(help: .hidden, transform: finite)
  var augmentationPitchAndTempoScalingMinPitch: Double = 0.95
  @Option(help: .hidden, transform: finite)
  var augmentationPitchAndTempoScalingMaxPitch: Double = 1.2
  @Option(help: .hidden, transform: finite)
  var augmentationPitchAndTempoScalingMaxTempo: Double = 1.2

  /// The same in the language of `--augment`.
  var specifications: [String] {
    var all: [String] = []
    func evenly(_ low: Double, _ high: Double) -> String {
      "\((low + high) / 2)~\((high - low) / 2)"
    }
    if augmentationPitchAndTempoScaling {
      let pitch = evenly(
        augmentationPitchAndTempoScalingMinPitch, augmentationPitchAndTempoScalingMaxPitch)
      all.append("pitch[pitch=\(pitch)]")
      all.append("tempo[factor=\(evenly(1, augmentationPitchAndTempoScalingMaxTempo))]")
    }
    if augmentationSpeedUpStd != 0 {
      all.append("tempo[factor=\(evenly(1, 1 + 2 * augmentationSpeedUpStd))]")
    }
    if augmentationSparseWarp {
      all.append("warp[nt=\(augmentationSparseWarpNumControlPoints)]")
    }
    if augmentationFreqAndTimeMasking {
      let bins = augmentationFreqAndTimeMaskingFreqMaskRange / 2
      let count = augmentationFreqAndTimeMaskingNumberFreqMasks
      all.append("frequency_mask[n=\(count),size=\(bins)~\(bins)]")
      // Their masks are counted in steps, of which DeepSpeech had one every 20 ms.
      let milliseconds = augmentationFreqAndTimeMaskingTimeMaskRange * 20 / 2
      all.append(
        "time_mask[n=\(augmentationFreqAndTimeMaskingNumberTimeMasks),size=\(milliseconds)~\(milliseconds)]"
      )
    }
    if augmentationSpecDropoutKeeprate != 1 {
      all.append("dropout[rate=\(1 - augmentationSpecDropoutKeeprate)]")
    }
    if dataAugFeaturesMultiplicative != 0 {
      all.append("multiply[stddev=\(dataAugFeaturesMultiplicative)]")
    }
    if dataAugFeaturesAdditive != 0 { all.append("add[stddev=\(dataAugFeaturesAdditive)]") }
    return all
  }
}
