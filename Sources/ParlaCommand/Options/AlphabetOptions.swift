import ArgumentParser
import ParlaTranscripts

/// Which labels a model writes, where it does not say so itself.
struct AlphabetOptions: ParsableArguments {
  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp(
      """
      The labels, one per line, or a model or Kurfile that has them. (default: the model's own; of a new one, the \
      transcripts' characters)
      """,
      valueName: "file"), completion: .file())
  var alphabet: String?

  @Flag(
    name: [.customLong("bytes-output-mode"), .customLong("utf8")],
    help: "The labels are the bytes of UTF-8, which write any text. An alphabet is ignored.")
  var bytesOutputMode = false

  /// The alphabet asked for; nil when none was.
  func read() throws -> Alphabet? {
    if bytesOutputMode { return .bytes }
    return try alphabet.map { try Alphabet(from: $0) }
  }
}
