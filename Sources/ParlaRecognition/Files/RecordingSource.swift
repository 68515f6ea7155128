public import ParlaAudio

/// Where the sound of a whole recording comes from.
public enum RecordingSource: Sendable {
  /// The sound file at a path, or all that comes out of a pipe there.
  case file(String)

  /// What a sound file holds, such as what was sent over a network.
  ///
  /// `name` stands in errors, and its extension says what formats without a header are.
  case encoded([UInt8], name: String = "sound in memory")

  /// A sound file that is still being written: it is recognised while it arrives, as far as its format lets it.
  ///
  /// A `StreamScheduler` waits for it without holding up others; `RecordingTranscriber` takes whole files only.
  case arriving(ArrivingFile)

  /// Samples in memory, at any rate.
  case waveform(Waveform)

  /// What it is called.
  var name: String {
    switch self {
    case .file(let path): path
    case .encoded(_, let name): name
    case .arriving(let file): file.path
    case .waveform: "sound in memory"
    }
  }
}
