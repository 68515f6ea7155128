/// A recording with its transcript: one row of a manifest.
public struct Sample: Sendable, Equatable {
  /// The recording, resolved against the manifest's folder: a path, or the address of a part of a file (`SoundAddress`).
  public let audioPath: String

  /// Size of the recording in bytes, if the manifest states it.
  public let fileSize: Int?

  /// The text of the recording.
  public let transcript: String

  /// Who speaks, if the manifest states it.
  public let speaker: String?

  /// The manifest's line on which the row starts, counted from 1; 0 without a file.
  public let line: Int

  /// The values of the manifest's other columns, by column name.
  public let otherColumns: [String: String]

  /// Makes a sample of the recording at `audioPath` with `transcript`.
  public init(
    audioPath: String, fileSize: Int? = nil, transcript: String, speaker: String? = nil,
    line: Int = 0, otherColumns: [String: String] = [:]
  ) {
    self.audioPath = audioPath
    self.fileSize = fileSize
    self.transcript = transcript
    self.speaker = speaker
    self.line = line
    self.otherColumns = otherColumns
  }

  /// The same recording with another transcript, or in another place.
  package func with(audioPath: String? = nil, transcript: String? = nil) -> Sample {
    Sample(
      audioPath: audioPath ?? self.audioPath, fileSize: fileSize,
      transcript: transcript ?? self.transcript, speaker: speaker, line: line,
      otherColumns: otherColumns)
  }
}
