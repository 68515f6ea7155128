/// Writes a transcript as Praat's TextGrid, with a tier of words and one of phrases.
///
/// The long text form of Praat's manual, "TextGrid file formats": the intervals of a tier cover the
/// whole recording, silences as empty ones.
public enum TextGridWriter {
  /// The file for `result`, which ends where the recording or its last word does.
  public static func text(for result: TranscribedFile) -> String {
    let words = result.transcript.words
    let duration = max(result.duration, words.last?.end ?? 0, shortest)
    let phrases = Cue.phrases(of: words).map { (text: $0.text, start: $0.start, end: $0.end) }
    let tiers = [
      tier(1, "words", words.map { (text: $0.text, start: $0.start, end: $0.end) }, duration),
      tier(2, "phrases", phrases, duration),
    ]
    return """
      File type = "ooTextFile"
      Object class = "TextGrid"

      xmin = 0
      xmax = \(decimals(duration, 3))
      tiers? <exists>
      size = 2
      item []:

      """ + tiers.joined()
  }

  private typealias Interval = (text: String, start: Double, end: Double)

  /// Praat takes no empty interval.
  private static let shortest = 0.001

  private static func tier(
    _ number: Int, _ name: String, _ intervals: [Interval], _ duration: Double
  ) -> String {
    let covering = covered(intervals, duration)
    var text = """
          item [\(number)]:
              class = "IntervalTier"
              name = "\(name)"
              xmin = 0
              xmax = \(decimals(duration, 3))
              intervals: size = \(covering.count)

      """
    for (index, interval) in covering.enumerated() {
      text += """
                intervals [\(index + 1)]:
                    xmin = \(decimals(interval.start, 3))
                    xmax = \(decimals(interval.end, 3))
                    text = "\(quotesDoubled(interval.text))"

        """
    }
    return text
  }

  private static func quotesDoubled(_ text: String) -> String {
    text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
  }

  /// `intervals` in order, without overlaps, with empty ones between them, up to `duration`.
  private static func covered(_ intervals: [Interval], _ duration: Double) -> [Interval] {
    var covering: [Interval] = []
    var end = 0.0
    for interval in intervals {
      let start = max(interval.start, end)
      let next = min(max(interval.end, start + shortest), duration)
      guard next - start >= shortest / 2 else { continue }
      if start - end >= shortest { covering.append(("", end, start)) }
      let begun = start - end >= shortest ? start : end
      covering.append((interval.text, begun, next))
      end = next
    }
    if duration - end >= shortest || covering.isEmpty { covering.append(("", end, duration)) }
    return covering
  }
}
