import ParlaAudio
import ParlaServer

/// What `parla serve --measure` prints.
enum ServingMeasurement {
  /// Measures, and prints a line for each trial.
  static func run(_ settings: ServerSettings, soundPath: String?) async throws {
    let sound = try soundPath.map { try AudioFile.read($0) }
    print("streams     reply p50     p95     p99    word p95   final p95   processors")
    let best = try await SpeechServer.measure(settings, sound: sound) { trial in
      print(line(trial))
    }
    let words =
      sound == nil ? "" : " words appear within \(whole(StreamTrial.longestWord)) ms of their end,"
    print(
      """
      \(best) live streams are served in real time: 95 in a hundred pieces of 100 ms are answered within \
      \(whole(StreamTrial.longestReply)) ms,\(words) final texts within \(whole(StreamTrial.longestFinal)) ms.
      """)
    if sound == nil {
      print("A synthetic voice says no words; --measure-sound with a recording measures those too.")
    }
  }

  private static func line(_ trial: StreamTrial) -> String {
    let numbers = [
      trial.replies.p50, trial.replies.p95, trial.replies.p99, trial.words?.p95, trial.finals.p95,
    ]
    let widths = [10, 8, 8, 9, 9]
    let cells = zip(numbers, widths).map { number, width in
      right(number.map { whole($0.rounded(.up)) } ?? "-", width) + " ms"
    }
    let failures = trial.failureCount == 0 ? "" : "  \(trial.failureCount) broke off"
    return right("\(trial.streamCount)", 7) + cells.map { $0 }.joined()
      + right(tenths(trial.processorCount), 10) + failures
  }

  private static func whole(_ number: Double) -> String { "\(Int(number.rounded()))" }

  private static func tenths(_ number: Double) -> String {
    "\((number * 10).rounded() / 10)"
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
