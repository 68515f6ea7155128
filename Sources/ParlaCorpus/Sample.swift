/// A recording with what is said in it: one row of a manifest.
public struct Sample: Sendable, Equatable {
  /// Where the recording is, resolved against the manifest's folder: a path, or the address of a part of a file (`SoundAddress`).
  public let audioPath: String

  /// Size of the recording in bytes, if the manifest states it.
  public let fileSize: Int?

  /// What is said.
  public let transcript: String

  /// Who speaks, if the manifest states it.
  public let speaker: String?

  /// The manifest's line on which the row starts, counted from 1; 0 if it comes from no file.
  public let line: Int

  /// The values of the manifest's other columns, by column name.
  public let otherColumns: [String: String]

  /// Makes a sample of the recording at `audioPath` in which `transcript` is said.
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
