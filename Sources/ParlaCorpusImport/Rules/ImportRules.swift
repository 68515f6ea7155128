/// Which samples of a corpus are skipped because of their length or text.
package struct ImportRules: Sendable {
  /// How texts become transcripts.
  package var text: TextRules

  /// The shortest recording, in seconds.
  package var shortestSeconds = 0.0

  /// The longest recording, in seconds.
  package var longestSeconds = Double.infinity

  /// Whether the longest is a rule for what is learned from only, not for dev and test.
  package var longestIsForTraining: Bool

  /// The least time that a character takes, in milliseconds.
  package var millisecondsPerCharacter = 0.0

  /// The rate that recordings must have, in hertz.
  package var requiredRate: Int?

  /// How many channels recordings must have.
  package var requiredChannels: Int?

  /// Makes rules.
  package init(
    _ text: TextRules, seconds: ClosedRange<Double> = 0...Double.infinity,
    millisecondsPerCharacter: Double = 0, longestIsForTraining: Bool = false
  ) {
    self.text = text
    shortestSeconds = seconds.lowerBound
    longestSeconds = seconds.upperBound
    self.millisecondsPerCharacter = millisecondsPerCharacter
    self.longestIsForTraining = longestIsForTraining
  }

  /// Why a recording of `seconds` with `transcript` is left out of `set`, if it is.
  func reasonToLeaveOut(
    transcript: String, seconds: Double, from set: String
  ) -> LeftOutReason? {
    if Int(seconds * 1000 / max(millisecondsPerCharacter, 1e-9)) < transcript.unicodeScalars.count {
      return .textTooLong
    }
    if seconds < shortestSeconds { return .tooShort }
    let isJudged = !longestIsForTraining || set != "dev" && set != "test"
    return isJudged && seconds > longestSeconds ? .tooLong : nil
  }
}
