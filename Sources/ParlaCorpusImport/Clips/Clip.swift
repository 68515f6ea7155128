import ParlaCorpus

/// What a recording is stored as.
package enum AudioForm: String, Sendable, CaseIterable, Codable {
  /// Unchanged; a file on disk stays in place, passages are cut as FLAC at the recording's rate.
  case keep
  /// FLAC, one channel, 16 bits.
  case flac
  /// WAV, one channel, 16 bits.
  case wav
}

/// A recording, or a passage of one, as samples name it.
struct Clip: Sendable, Equatable, Codable {
  /// Its path: relative to the output folder, or absolute.
  var path: String
  /// Its length.
  var seconds: Double
  /// The size of the file; 0 if it was not written since no sample wants one of this length.
  var byteCount: Int
  /// The sample rate and the number of channels of the original recording; 0 if not needed.
  var sourceRate = 0
  var sourceChannels = 0
}

/// A clip that is wanted.
struct ClipRequest: Sendable {
  /// The recordings in the tree that it is made of, joined.
  let audio: [String]
  /// The passage; nil for all.
  let segment: Segment?
  /// What it is called, without an ending, if it must be written.
  let name: String
  /// The lengths in seconds with which some sample can use it.
  let wanted: ClosedRange<Double>
  /// Whether the recording's rate and channels matter.
  let needsFormat: Bool
}

/// What became of a clip.
enum ClipOutcome: Sendable, Equatable {
  case clip(Clip)
  case leftOut(LeftOutReason, detail: String)
}
