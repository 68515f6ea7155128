/// Every kind of augmentation.
enum AugmentationKinds {
  /// All of them, in the order in which they are listed.
  static let all: [any Augmentation.Type] = [
    Overlay.self, Noise.self, Codec.self, Telephone.self, Room.self, Reverb.self, Resample.self,
    Speed.self,
    Volume.self, Gain.self, Pitch.self, Tempo.self, Warp.self, FrequencyMask.self, TimeMask.self,
    SpecAugment.self, Dropout.self, Add.self, Multiply.self,
  ]

  /// The kind with `name`, which may do nothing.
  ///
  /// - Throws: `AudioError.invalidAugmentation` with all names.
  static func kind(_ fields: AugmentationFields) throws(AudioError) -> (any Augmentation.Type)? {
    if let kind = all.first(where: { $0.name == fields.name }) { return kind }
    if withoutEffect.contains(fields.name) { return nil }
    throw fields.invalid(
      "the name \(fields.name)",
      "one of \(all.map { $0.name }.joined(separator: ", ")), or recommended")
  }

  /// The base classes of DeepSpeech's augmentations, which its parser takes for augmentations that change nothing.
  private static let withoutEffect = ["graph_augmentation", "sample_augmentation"]

  /// The expansion of `recommended`: mild changes of speed, voice, room, line and loudness, then masks.
  static let recommended = [
    "speed[p=0.5,factor=1~0.1]", "reverb[p=0.1,delay=50~30,decay=10~4]",
    "codec[p=0.1,bitrate=16000~8000]", "telephone[p=0.05]", "gain[p=0.5,db=-3~6]",
    "pitch[p=0.2,pitch=1~0.1]", "spec_augment[p=0.8]",
  ]
}
