import ParlaDescriptions

/// A way to change samples a little each time a training meets them, so that a model learns what all of them share.
///
/// The kinds, their parameters and their defaults are those of DeepSpeech 0.9.3's `util/augmentations.py`, and some more. A kind
/// costs one file, and one entry in ``AugmentationKinds``.
protocol Augmentation: Sendable {
  /// The name in specifications.
  static var name: String { get }

  /// Reads the parameters of a specification.
  ///
  /// - Throws: `AudioError.invalidAugmentation`.
  init(_ fields: inout AugmentationFields) throws(AudioError)

  /// The stage that it changes.
  var domain: AugmentationDomain { get }

  /// By what factor the sound can become longer, at most.
  var greatestLengthening: Double { get }

  /// Changes `values`: samples, [samples, 1], or frames, [frames, bins or coefficients].
  ///
  /// - Throws: `AudioError`, when the sound cannot be computed.
  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError)
}

extension Augmentation {
  var greatestLengthening: Double { 1 }
}

/// The stages that augmentations change, in the order in which sound becomes features.
package enum AugmentationDomain: String, Sendable, CaseIterable {
  /// The recording as audible sound.
  case sample
  /// The samples that features are computed from.
  case signal
  /// The power of each frequency bin in each frame.
  case spectrogram
  /// The features, such as cepstral coefficients.
  case features
}

/// Numbers on their way through augmentations, [rows, columns] in row-major order: samples are one column, frames rows.
package struct AugmentedValues: Sendable, Equatable {
  /// How many samples or frames there are.
  package let rowCount: Int

  /// How many numbers each has.
  package let columnCount: Int

  private var storage: [Float]

  /// The numbers, row after row.
  package var values: [Float] {
    get { storage }
    set {
      precondition(newValue.count == storage.count, "[rows, columns] values")
      storage = newValue
    }
  }

  /// Makes values of `columnCount` numbers a row.
  package init(_ values: [Float], columnCount: Int = 1) {
    precondition(columnCount > 0 && values.count % columnCount == 0, "[rows, columns] values")
    rowCount = values.count / columnCount
    self.columnCount = columnCount
    storage = values
  }

  /// Changes numbers in place, without a copy.
  mutating func update(_ body: (inout MutableSpan<Float>) -> Void) {
    var span = storage.mutableSpan
    body(&span)
  }
}

/// The circumstances in which an augmentation changes a sample.
package struct AugmentationContext: Sendable {
  /// How sound becomes features.
  package let settings: FeatureSettings

  /// How far the training is, from 0 to 1.
  package let clock: Double

  /// How many frames the transcript needs: fewer must not remain.
  package let minimumFrameCount: Int

  /// The sample's own random numbers.
  package var random: AugmentationRandom

  /// Describes a sample at `clock`.
  package init(
    settings: FeatureSettings, clock: Double, minimumFrameCount: Int = 1,
    random: some RandomNumberGenerator & Sendable
  ) {
    self.settings = settings
    self.clock = min(max(clock, 0), 1)
    self.minimumFrameCount = max(minimumFrameCount, 1)
    self.random = AugmentationRandom(random)
  }

  /// Describes sound of `sampleRate` that is changed at `clock` and not trained on.
  ///
  /// - Throws: `AudioError.invalidSetting` for a rate of which no features are made.
  package init(
    sampleRate: Int, clock: Double, random: some RandomNumberGenerator & Sendable
  ) throws(AudioError) {
    // No features follow, so windows only have to be whole samples: 32 ms are 1411.2 at 44,100 Hz.
    func milliseconds(atLeast usual: Int) -> FieldValue {
      .number(
        Double((usual..<usual + 1000).first { sampleRate * $0 % 1000 == 0 } ?? usual))
    }
    self.init(
      settings: try FeatureSettings([
        "sample_rate": .number(Double(sampleRate)), "window": milliseconds(atLeast: 32),
        "step": milliseconds(atLeast: 20),
      ]), clock: clock, random: random)
  }

  /// A value of `range` at the present clock.
  mutating func draw(_ range: ValueRange) -> Double {
    range.value(at: clock, draw: random.uniform())
  }

  /// A whole number of `range` at the present clock.
  mutating func drawWhole(_ range: ValueRange) -> Int {
    Int(min(max(draw(range), -1e9), 1e9).rounded(.toNearestOrEven))
  }
}

/// Random numbers of the kinds that augmentations need.
package struct AugmentationRandom: Sendable {
  private var generator: any RandomNumberGenerator & Sendable

  /// Draws from `generator`.
  package init(_ generator: some RandomNumberGenerator & Sendable) { self.generator = generator }

  /// A number in [0, 1).
  package mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

  /// A whole number in 0 ..< `bound`, or 0 where there is no other.
  package mutating func index(below bound: Int) -> Int {
    bound > 1 ? min(Int(uniform() * Double(bound)), bound - 1) : 0
  }
}
