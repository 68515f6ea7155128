public import ParlaAudio

/// The source of a whole recording's sound.
public enum RecordingSource: Sendable {
  /// The sound file at a path, or all data from a pipe there.
  case file(String)

  /// The bytes of a sound file, for example received over a network.
  ///
  /// `name` is used in errors, and its extension identifies formats without a header.
  case encoded([UInt8], name: String = "sound in memory")

  /// A sound file that is still being written: it is recognised while it arrives, as far as its format lets it.
  ///
  /// A `StreamScheduler` waits for it without delaying others; `RecordingTranscriber` only takes complete files.
  case arriving(ArrivingFile)

  /// Samples in memory, at any rate.
  case waveform(Waveform)

  /// Its name.
  var name: String {
    switch self {
    case .file(let path): path
    case .encoded(_, let name): name
    case .arriving(let file): file.path
    case .waveform: "sound in memory"
    }
  }
}
