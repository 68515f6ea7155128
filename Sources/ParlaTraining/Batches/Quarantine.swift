import ParlaCorpus
import ParlaFiles

/// A sample that a training does without, and why.
public struct QuarantinedSample: Sendable, Equatable, Codable {
  /// The recording's file.
  public let audioPath: String

  /// The CSV that lists the recording.
  public let manifestPath: String

  /// The line of the CSV.
  public let line: Int

  /// The transcript.
  public let transcript: String

  /// The problem of the sample.
  public let reason: String

  /// The step that met it; nil when it was found before the first.
  public var step: Int?
}

extension QuarantinedSample {
  init(_ sample: Sample, manifestPath: String, reason: String) {
    self.init(
      audioPath: sample.audioPath, manifestPath: manifestPath, line: sample.line,
      transcript: sample.transcript, reason: reason)
  }

  init(_ sample: ListedSample, reason: String, step: Int) {
    self.init(
      audioPath: sample.audioPath, manifestPath: sample.manifestPath, line: sample.line,
      transcript: sample.transcript, reason: reason, step: step)
  }

  /// The position of the sample in its list, and its problem.
  public var place: String { "\(manifestPath):\(line): \(reason)" }
}

extension [QuarantinedSample] {
  /// Writes a CSV of the samples, with a column `reason`; as a manifest it can be used for training once they are fixed.
  func write(to path: String) throws(CorpusError) {
    let rows = map { sample in
      Sample(
        audioPath: sample.audioPath, transcript: sample.transcript,
        otherColumns: [
          "reason": sample.reason, "listed_in": "\(sample.manifestPath):\(sample.line)",
          "step": sample.step.map(String.init) ?? "",
        ])
    }
    try Manifest.write(rows, to: path)
  }
}
