/// A recording of a corpus with its text, as the corpus has them.
public struct Utterance: Sendable, Equatable {
  /// Identifies the recording within its corpus: words separated by slashes.
  public let key: String

  /// The expected path of the recording.
  public let audioPath: String

  /// Its text in the corpus; empty if there is none.
  public let text: String

  /// Who speaks.
  public let speaker: String

  /// Why the recording must be skipped, according to the corpus itself.
  public let flaw: LeftOutReason?

  /// Makes an utterance of the recording at `audioPath`.
  public init(
    key: String, audioPath: String, text: String, speaker: String, flaw: LeftOutReason? = nil
  ) {
    self.key = key
    self.audioPath = audioPath
    self.text = text
    self.speaker = speaker
    self.flaw = flaw
  }
}

/// Knows one corpus.
public protocol CorpusImporter: Sendable {
  /// The name by which people ask for the corpus.
  var name: String { get }

  /// What the corpus is, in a line.
  var summary: String { get }

  /// Under which terms it may be used.
  var licence: String { get }
}

/// Knows where a corpus that Debian ships stores its recordings and texts.
///
/// An importer lists the recordings; cleaning, converting and splitting are the same for all such corpora and are done by
/// ``CorpusImport``.
public protocol DebianImporter: CorpusImporter {
  /// The languages with usable recordings, as in ISO 639-1.
  var languages: [String] { get }

  /// The Debian packages that hold the recordings and texts of `language`.
  func packages(for language: String) -> [String]

  /// The recordings of `language` under `root`, the folder into which the packages were unpacked.
  ///
  /// - Throws: `ImportError.sourceLacks` when `root` does not hold the corpus, `.file`, `.programFailed`.
  func utterances(in root: String, language: String) throws(ImportError) -> [Utterance]
}
