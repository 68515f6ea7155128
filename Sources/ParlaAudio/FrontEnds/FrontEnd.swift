package import ParlaDescriptions

/// A kind of front end, and one of that kind: computes the input of the first layer from sound.
///
/// Everything about a kind is in the file that declares it: its name in descriptions, its fields, the content of a frame, and how a
/// frame is computed. `FrontEndKinds` lists it. Normalisation and context follow and are the same for all.
package protocol FrontEnd: Sendable {
  /// What descriptions call the kind, such as `log_mel`.
  static var kind: String { get }

  /// How many frames the network sees on each side of one, where the description is silent.
  static var usualContext: Int { get }

  /// A front end for sound of `sampleRate`, whose fields are read, and so declared, from `fields`.
  ///
  /// - Throws: `DescriptionProblem` for a field that is impossible.
  init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem)

  /// The positions of frames in the sound.
  var grid: FrameGrid { get }

  /// How many numbers a frame has.
  var featureCount: Int { get }

  /// Whether a frame is the power of the frequency bins itself.
  var isSpectrogram: Bool { get }

  /// Of what the mean and the deviation are taken where frames are normalised over a whole recording.
  var wholeStatistics: WholeStatistics { get }

  /// Whether zeros complete the last window of a stream that ends within it, as DeepSpeech's client has it.
  var fillsLastWindow: Bool { get }

  /// What a frame holds, for people: `26 MFCCs`.
  var summary: String { get }

  /// Prepares tables and memory.
  func makeComputation() -> any FrameComputation
}

extension FrontEnd {
  package static var usualContext: Int { 0 }
  package var isSpectrogram: Bool { false }
  package var wholeStatistics: WholeStatistics { WholeStatistics(columnCount: featureCount) }
  package var fillsLastWindow: Bool { true }
}

/// Of what the mean and the deviation of a whole recording are taken.
package struct WholeStatistics: Sendable, Equatable {
  /// How many numbers have statistics of their own; a frame has once or several times as many.
  package var columnCount: Int

  /// By how many less than there are numbers the sum of squares is divided: 1 for the variance of a sample.
  package var freedom = 0
}

/// Computes frames one by one, in the memory that it keeps for that.
package protocol FrameComputation: Sendable {
  /// The same, where it goes by way of a power spectrum, which augmentations may change.
  var spectral: SpectralComputation? { get }

  /// Appends the frame whose window, and what its grid looks at before it, starts at `start`.
  mutating func append(_ samples: [Float], from start: Int, to values: inout [Float])

  /// Appends what the samples from `start` on, which are too few for a frame, add to the statistics of a whole recording.
  mutating func appendRest(_ samples: [Float], from start: Int, to values: inout [Float])
}

extension FrameComputation {
  package var spectral: SpectralComputation? { nil }

  package mutating func appendRest(
    _ samples: [Float], from start: Int, to values: inout [Float]
  ) {}
}

/// The positions of frames in the sound: full windows only, without padding.
package struct FrameGrid: Sendable, Equatable {
  /// Samples that a frame looks at.
  package let windowLength: Int

  /// Samples between the starts of successive frames.
  package let stepLength: Int

  /// Samples before its window that a frame looks at too; before the sound begins they are zero.
  package let historyLength: Int

  /// Frames of `windowLength` samples and the `historyLength` before them, one every `stepLength`.
  package init(windowLength: Int, stepLength: Int, historyLength: Int = 0) {
    self.windowLength = windowLength
    self.stepLength = stepLength
    self.historyLength = historyLength
  }

  /// Reads `window` and `step`, in whole milliseconds that are whole samples.
  package init(
    _ fields: inout FieldReader, sampleRate: Int, window: Int, step: Int
  ) throws(DescriptionProblem) {
    windowLength = try Self.samples(
      "window", "the length of a window in milliseconds", window, &fields, sampleRate)
    historyLength = 0
    stepLength = try Self.samples(
      "step", "the distance between windows in milliseconds", step, &fields, sampleRate)
    guard (4...1 << 16).contains(windowLength) else {
      throw DescriptionProblem(
        field: "window", found: "\(windowLength) samples",
        expected: "a window of 4 to \(1 << 16) samples")
    }
  }

  private static func samples(
    _ name: String, _ meaning: String, _ usual: Int, _ fields: inout FieldReader, _ rate: Int
  ) throws(DescriptionProblem) -> Int {
    let milliseconds = try fields.integer(name, meaning, in: 1...10_000, default: usual)
    guard rate * milliseconds % 1000 == 0 else {
      throw DescriptionProblem(
        field: name, found: "\(milliseconds)",
        expected: "\(meaning), which are a whole number of samples at \(rate) Hz")
    }
    return rate * milliseconds / 1000
  }

  /// The samples assumed before the first sample of a sound.
  var silence: [Float] { [Float](repeating: 0, count: historyLength) }

  /// How many frames `sampleCount` samples give.
  package func frameCount(sampleCount: Int) -> Int {
    sampleCount < windowLength ? 0 : 1 + (sampleCount - windowLength) / stepLength
  }
}
