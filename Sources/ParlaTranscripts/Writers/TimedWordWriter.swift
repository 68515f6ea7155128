import ParlaFiles
import ParlaPlatform

/// Writes a line for each word with its times.
public enum TimedWordWriter {
  /// The words of `result` as NIST's CTM: recording, channel, start, duration, word and, where known,
  /// confidence (SCTK, `ctm` in the manual of `sclite`).
  ///
  /// The recording is the file's name without folder and extension, and with underscores for spaces.
  public static func conversationTimeMarks(for result: TranscribedFile) -> String {
    let name = result.file.fileName
    let recording = name.withoutExtension.split(whereSeparator: \.isWhitespace)
      .joined(separator: "_")
    return result.transcript.words.map { word in
      let text = word.text.split(whereSeparator: \.isWhitespace).joined(separator: "_")
      let duration = max(0, word.end - word.start)
      let confidence = word.confidence.map { " " + decimals($0, 3) } ?? ""
      return
        "\(recording) 1 \(decimals(word.start, 2)) \(decimals(duration, 2)) \(text)\(confidence)\n"
    }.joined()
  }

  /// The words of all `results` as tab-separated values: file, start, end, confidence (empty where
  /// unknown) and word, under a line with these names.
  public static func table(for results: [TranscribedFile]) -> String {
    var rows = ["file\tstart\tend\tconfidence\tword\n"]
    for result in results {
      for word in result.transcript.words {
        let confidence = word.confidence.map { decimals($0, 3) } ?? ""
        let times = "\(decimals(word.start, 3))\t\(decimals(word.end, 3))"
        rows.append("\(cell(result.file))\t\(times)\t\(confidence)\t\(cell(word.text))\n")
      }
    }
    return rows.joined()
  }

  /// `text` without what divides cells and rows.
  private static func cell(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { ["\t", "\r", "\n"].contains($0) ? " " : $0 }))
  }
}

/// `value` with `count` digits after the point.
func decimals(_ value: Double, _ count: Int) -> String { formatted("%.\(count)f", value) }
