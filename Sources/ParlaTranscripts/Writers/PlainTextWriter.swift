/// Writes transcripts as plain text, a line each.
public enum PlainTextWriter {
  /// The lines for `result`, one for each candidate; they start with the file's name where `isNamed`.
  public static func lines(for result: TranscribedFile, isNamed: Bool) -> String {
    let transcripts = result.candidates.isEmpty ? [result.transcript] : result.candidates
    return transcripts.map { isNamed ? "\(result.file): \($0.text)\n" : $0.text + "\n" }.joined()
  }

  /// All `results`, each with its line end; several start with their file's name.
  public static func text(for results: [TranscribedFile]) -> String {
    results.map { lines(for: $0, isNamed: results.count > 1) }.joined()
  }
}
