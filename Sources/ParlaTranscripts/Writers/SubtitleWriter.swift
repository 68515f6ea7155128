/// Writes transcripts as subtitles.
public enum SubtitleWriter {
  /// The subtitles of `result` as SubRip (`.srt`): numbered, with a comma in the times.
  public static func subRip(for result: TranscribedFile) -> String {
    Cue.subtitles(of: result.transcript.words).enumerated().map { index, cue in
      "\(index + 1)\n\(time(cue.start, ",")) --> \(time(cue.end, ","))\n\(cue.text)\n\n"
    }.joined()
  }

  /// The subtitles of `result` as WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format").
  public static func webVTT(for result: TranscribedFile) -> String {
    "WEBVTT\n\n"
      + Cue.subtitles(of: result.transcript.words).map { cue in
        "\(time(cue.start, ".")) --> \(time(cue.end, "."))\n\(escaped(cue.text))\n\n"
      }.joined()
  }

  /// Hours, minutes, seconds, and thousandths after `point`.
  private static func time(_ seconds: Double, _ point: String) -> String {
    let milliseconds = Int((max(0, seconds) * 1000).rounded())
    let whole = milliseconds / 1000
    let parts = [whole / 3600, whole / 60 % 60, whole % 60].map { padded($0, 2) }
    return parts.joined(separator: ":") + point + padded(milliseconds % 1000, 3)
  }

  private static func padded(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  /// `text` with the signs that mark up WebVTT spelled out.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }
}
