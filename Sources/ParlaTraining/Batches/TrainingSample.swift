package import ParlaAudio

/// A sample that can be used, as long as its features are not needed.
struct ListedSample: Sendable, Equatable {
  /// The recording's file.
  let audioPath: String

  /// The CSV that lists the recording, and the line.
  let manifestPath: String
  let line: Int

  /// The transcript.
  let transcript: String

  /// The transcript, in labels of the alphabet.
  let labels: [Int32]

  /// How many frames the features have.
  let frameCount: Int

  /// Length in seconds, as far as the frames reach.
  let seconds: Double
}

/// A recording with its transcript, as the network meets them.
package struct TrainingSample: Sendable {
  /// The recording's file, for messages and reports.
  package let audioPath: String

  /// The transcript.
  package let transcript: String

  /// The transcript, in labels of the alphabet.
  package let labels: [Int32]

  /// The sound.
  package let features: FeatureMatrix

  /// Length of the recording in seconds.
  package let seconds: Double
}

extension TrainingSample {
  init(_ sample: ListedSample, features: FeatureMatrix) {
    self.init(
      audioPath: sample.audioPath, transcript: sample.transcript, labels: sample.labels,
      features: features, seconds: sample.seconds)
  }
}
