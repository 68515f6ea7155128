package import ParlaAudio
import ParlaFiles

/// Augmentations that are applied once, for listening or saving, rather than repeatedly in a training.
package struct SoundChanges: Sendable {
  /// The random numbers of the recording with this index.
  package typealias Random = @Sendable (Int) -> any RandomNumberGenerator & Sendable

  private let pipeline: AugmentationPipeline?
  private let clock: Double
  private let random: Random

  /// No change at all.
  package static let none = SoundChanges()

  private init() {
    pipeline = nil
    clock = 0
    random = { _ in SystemRandomNumberGenerator() }
  }

  /// Makes changes from `specifications` in the language of `--augment`, as they are when a training is at `clock`, from 0 to 1.
  ///
  /// - Throws: `AudioError.invalidAugmentation`.
  package init(
    _ specifications: [String], clock: Double, random: @escaping Random
  ) throws(AudioError) {
    pipeline = try AugmentationPipeline(specifications) {
      try UnlabelledRecordings.paths(of: $0)
    }
    self.clock = clock
    self.random = random
  }

  /// Whether nothing is changed.
  var isEmpty: Bool { pipeline?.isEmpty ?? true }

  /// The names of augmentations that change features and therefore have no audible form.
  package var inaudible: [String] { pipeline?.inaudible ?? [] }

  /// What becomes of `sound`, the recording with this index.
  ///
  /// - Throws: `AudioError`, when it cannot be computed.
  package func made(to sound: Waveform, at index: Int) throws(AudioError) -> Waveform {
    guard let pipeline, !pipeline.isEmpty else { return sound }
    let context = try AugmentationContext(
      sampleRate: sound.sampleRate, clock: clock, random: random(index))
    var pass = pipeline.pass(context)
    return try pass.sound(of: sound)
  }
}
