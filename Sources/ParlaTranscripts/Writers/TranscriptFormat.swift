/// The forms in which transcripts are written.
public enum TranscriptFormat: String, Sendable, CaseIterable {
  /// The text, a line for each file.
  case text
  /// An array with an object for each file; see `JSONTranscriptWriter`.
  case json
  /// The output of `deepspeech --json` of DeepSpeech's native client.
  case deepSpeechJSON = "deepspeech-json"
  /// The output of `deepspeech --json` of DeepSpeech's Python package.
  case deepSpeechPythonJSON = "deepspeech-python-json"
  /// SubRip subtitles.
  case srt
  /// WebVTT subtitles.
  case vtt
  /// NIST's time-marked conversation file: a line for each word.
  case ctm
  /// Praat's TextGrid.
  case textGrid = "textgrid"
  /// A table with a row for each word.
  case tsv

  /// The usual ending of a file's name.
  public var fileExtension: String {
    switch self {
    case .text: "txt"
    case .json, .deepSpeechJSON, .deepSpeechPythonJSON: "json"
    case .textGrid: "TextGrid"
    case .srt, .vtt, .ctm, .tsv: rawValue
    }
  }

  /// Whether one document can hold the transcripts of several files.
  public var holdsSeveralFiles: Bool {
    switch self {
    case .text, .json, .ctm, .tsv: true
    case .deepSpeechJSON, .deepSpeechPythonJSON, .srt, .vtt, .textGrid: false
    }
  }

  /// Whether a document only makes sense as a separate file.
  public var isFileByFile: Bool { self == .srt || self == .vtt || self == .textGrid }

  /// Whether a document contains more than the best candidate.
  public var showsCandidates: Bool {
    switch self {
    case .text, .json, .deepSpeechJSON, .deepSpeechPythonJSON: true
    case .srt, .vtt, .ctm, .textGrid, .tsv: false
    }
  }

  /// The document for `results`, with a line end; of several, unless `holdsSeveralFiles`, one after the other.
  ///
  /// - Throws: `EncodingError` when a time is not a number.
  public func document(for results: [TranscribedFile]) throws -> String {
    switch self {
    case .text: PlainTextWriter.text(for: results)
    case .json: try JSONTranscriptWriter.text(for: results)
    case .deepSpeechJSON: results.map(DeepSpeechJSONWriter.nativeText).joined()
    case .deepSpeechPythonJSON: results.map(DeepSpeechJSONWriter.pythonText).joined()
    case .srt: results.map(SubtitleWriter.subRip).joined()
    case .vtt: results.map(SubtitleWriter.webVTT).joined()
    case .ctm: results.map(TimedWordWriter.conversationTimeMarks).joined()
    case .textGrid: results.map(TextGridWriter.text).joined()
    case .tsv: TimedWordWriter.table(for: results)
    }
  }
}
