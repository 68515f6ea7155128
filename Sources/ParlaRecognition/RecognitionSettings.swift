public import ParlaAcousticModel
public import ParlaDecoding
public import ParlaNeuralNetwork

/// The default settings of recognition: in Swift, on the command line and in C alike.
public struct RecognitionSettings: Sendable, Equatable {
  /// The precision of weights.
  public let precision: WeightPrecision

  /// The beam width if the model's makers advise none.
  public let beamWidth: Int

  /// Whether silences of a second and more are skipped in whole recordings.
  public let leavesOutSilence: Bool

  /// Weights in bytes, a beam of 500 prefixes as in DeepSpeech's client, and speech only.
  public static let standard = RecognitionSettings(
    precision: .int8, beamWidth: BeamSearchDecoder().beamWidth, leavesOutSilence: true)

  /// The width of the search for a model with `metadata`: the width its makers advise, within the limits of a search, or
  /// else `beamWidth`.
  public func beamWidth(for metadata: ModelMetadata?) -> Int {
    DecoderSettings().width(advised: metadata?.beamWidth ?? beamWidth)
  }

  /// The beam search for a model with `metadata`.
  public func decoder(for metadata: ModelMetadata?) -> BeamSearchDecoder {
    BeamSearchDecoder(beamWidth: beamWidth(for: metadata))
  }
}
