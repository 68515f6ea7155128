/// Writes transcripts as plain text, a line each.
public enum PlainTextWriter {
  /// The line for `result`, which starts with the file's name where `isNamed`.
  public static func line(for result: TranscribedFile, isNamed: Bool) -> String {
    isNamed ? "\(result.file): \(result.transcript.text)" : result.transcript.text
  }

  /// All `results`, a line each with its end; several start with their file's name.
  public static func text(for results: [TranscribedFile]) -> String {
    results.map { line(for: $0, isNamed: results.count > 1) + "\n" }.joined()
  }
}
