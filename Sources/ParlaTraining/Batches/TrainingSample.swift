package import ParlaAudio

/// A recording with its transcript, as the network meets them.
package struct TrainingSample: Sendable {
  /// The recording's file, for messages and reports.
  package let audioPath: String

  /// What was said.
  package let transcript: String

  /// What was said, in labels of the alphabet.
  package let labels: [Int32]

  /// What was heard.
  package let features: FeatureMatrix

  /// Length of the recording in seconds.
  package let seconds: Double
}
