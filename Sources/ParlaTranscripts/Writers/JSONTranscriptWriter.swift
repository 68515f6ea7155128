import ParlaPlatform

/// Writes transcripts as JSON: an array with an object for each file.
///
/// An object has `file`, `text`, `words` (each `text`, `start`, `end` in seconds and, where known,
/// `confidence`) and, when several transcripts were asked for, `candidates`, best first (each `text`,
/// `words`, `natural_log_probability`).
public enum JSONTranscriptWriter {
  /// The JSON document for `results`, with a line end.
  ///
  /// - Throws: `EncodingError` when a time is not a number.
  public static func text(for results: [TranscribedFile]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(results.map(FileObject.init))
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

private struct FileObject: Encodable {
  let file: String
  let text: String
  let words: [Word]
  let candidates: [CandidateObject]?

  init(_ result: TranscribedFile) {
    file = result.file
    text = result.transcript.text
    words = result.transcript.words.map(\.roundedToMilliseconds)
    candidates = result.candidates.isEmpty ? nil : result.candidates.map(CandidateObject.init)
  }
}

private struct CandidateObject: Encodable {
  let text: String
  let words: [Word]
  let naturalLogProbability: Double

  enum CodingKeys: String, CodingKey {
    case text
    case words
    case naturalLogProbability = "natural_log_probability"
  }

  init(_ transcript: Transcript) {
    text = transcript.text
    words = transcript.words.map(\.roundedToMilliseconds)
    naturalLogProbability = transcript.naturalLogProbability
  }
}

extension Word {
  /// The word with times that print as 0.3, not 0.30000000000000004.
  fileprivate var roundedToMilliseconds: Word {
    Word(
      text: text, start: (start * 1000).rounded() / 1000, end: (end * 1000).rounded() / 1000,
      confidence: confidence.map { ($0 * 1000).rounded() / 1000 })
  }
}
