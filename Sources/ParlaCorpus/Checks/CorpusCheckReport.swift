/// Something that is wrong with a sample of a corpus, or may be.
public struct CorpusFinding: Sendable, Equatable, Codable {
  /// How bad it is.
  public enum Severity: String, Sendable, Codable {
    /// Training would stop, or the figures would be false.
    case error
    /// Worth a look.
    case warning
  }

  /// The kinds of findings.
  public enum Kind: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// There is no such file.
    case missingFile = "missing-file"
    /// The file is empty, cut short, or no sound.
    case unreadableFile = "unreadable-file"
    /// The file's size is not the one in the manifest.
    case otherFileSize = "other-file-size"
    /// There is no text.
    case emptyTranscript = "empty-transcript"
    /// The text has a line break, which no label can be.
    case lineBreak = "line-break"
    /// The text has characters that the alphabet lacks.
    case outsideAlphabet = "outside-alphabet"
    /// CTC needs a frame for each label, and one more between two equal ones: a training skips the sample.
    case tooFewFrames = "too-few-frames"
    /// The recording has a lower rate than the features: nothing is above half of it.
    case lowSampleRate = "low-sample-rate"
    /// The text has characters that the first manifest, which is learnt from, does not have.
    case unlearntCharacter = "unlearnt-character"
    /// The text has invisible characters.
    case invisibleCharacter = "invisible-character"
    /// The text has characters that look like a space.
    case otherSpace = "other-space"
    /// The text has a letter and a mark where other texts have one code point for both.
    case twoForms = "two-forms"
    /// The text has characters that look like others.
    case lookAlike = "look-alike"
    /// The text has capitals, which would become labels of their own.
    case capital
    /// The text has digits, which would become labels.
    case digit
    /// The text has punctuation or signs, which would become labels.
    case punctuation
    /// More characters a second than people can speak.
    case tooFast = "too-fast"
    /// Much longer or shorter than the same speaker takes for as much text.
    case oddDuration = "odd-duration"
    /// The same recording occurs twice in the manifest.
    case duplicateRecording = "duplicate-recording"
    /// The same recording occurs in two manifests.
    case sharedRecording = "shared-recording"
    /// The same sentence occurs in two manifests.
    case sharedSentence = "shared-sentence"
    /// A manifest behind the first has so few samples that its error rates say little.
    case fewSamples = "few-samples"

    /// The problem, for a heading.
    public var description: String {
      switch self {
      case .missingFile: "missing recordings"
      case .unreadableFile: "unreadable recordings"
      case .otherFileSize: "recordings of another size than wav_filesize says"
      case .emptyTranscript: "empty transcripts"
      case .lineBreak: "transcripts with line breaks"
      case .outsideAlphabet: "transcripts with characters outside the alphabet"
      case .tooFewFrames: "transcripts longer than the recording's frames allow"
      case .lowSampleRate: "recordings that a training upsamples"
      case .unlearntCharacter:
        "characters that the training CSV lacks, so that they cannot be learned"
      case .invisibleCharacter: "invisible characters; --normalize drops them"
      case .otherSpace: "characters that look like a space; --normalize makes spaces of them"
      case .twoForms: "characters in two spellings; --normalize makes them one"
      case .lookAlike: "characters that look like others; --normalize makes them those"
      case .capital: "capitals, which would become labels of their own"
      case .digit: "digits, which would become labels; write how they are spoken"
      case .punctuation: "punctuation and signs, which would become labels"
      case .tooFast: "more characters a second than people speak"
      case .oddDuration: "much longer or shorter than the speaker takes for such a text"
      case .duplicateRecording: "recordings that occur twice in a CSV"
      case .sharedRecording: "recordings that occur in two CSVs"
      case .sharedSentence: "sentences that occur in two CSVs"
      case .fewSamples: "CSVs with too few samples for error rates that mean something"
      }
    }

    /// How bad it is.
    public var severity: Severity {
      switch self {
      case .missingFile, .unreadableFile, .emptyTranscript, .lineBreak, .outsideAlphabet,
        .sharedRecording:
        .error
      case .otherFileSize, .tooFewFrames, .lowSampleRate, .unlearntCharacter, .invisibleCharacter,
        .otherSpace, .twoForms, .lookAlike, .capital, .digit, .punctuation, .tooFast, .oddDuration,
        .duplicateRecording, .sharedSentence, .fewSamples:
        .warning
      }
    }
  }

  /// The kind of problem.
  public let kind: Kind

  /// How bad it is.
  public let severity: Severity

  /// The manifest.
  public let file: String

  /// The manifest's line on which the sample starts.
  public let line: Int

  /// A description of the finding.
  public let message: String

  init(_ kind: Kind, file: String, line: Int, message: String) {
    self.kind = kind
    severity = kind.severity
    self.file = file
    self.line = line
    self.message = message
  }
}

/// The results of a check of manifests.
public struct CorpusCheckReport: Sendable, Equatable, Codable {
  /// The contents of a manifest.
  public struct Statistics: Sendable, Equatable, Codable {
    /// The manifest.
    public let file: String
    /// Rows.
    public let clips: Int
    /// Length of the readable recordings in hours.
    public let hours: Double
    /// Length of the shortest readable recording in seconds.
    public let shortestSeconds: Double
    /// Length of the longest readable recording in seconds.
    public let longestSeconds: Double
    /// The number of speakers, if the manifest has them.
    public let speakers: Int
    /// Different transcripts.
    public let sentences: Int
    /// Different words.
    public let words: Int
    /// How often each character occurs.
    public let characters: [String: Int]
  }

  /// The contents of each manifest.
  public let manifests: [Statistics]

  /// The findings, in the order of the manifests and their lines.
  public let findings: [CorpusFinding]

  /// How many findings stop training or make its figures false.
  public var errorCount: Int { findings.count { $0.severity == .error } }

  /// How many findings are worth a look.
  public var warningCount: Int { findings.count - errorCount }
}
