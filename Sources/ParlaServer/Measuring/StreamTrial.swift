import Foundation

/// How a number of live streams fared that spoke at the same time, in real time.
public struct StreamTrial: Sendable {
  /// How many streams there were.
  public let streamCount: Int
  /// Streams that broke off.
  public let failureCount: Int
  /// From sending a piece of sound to its reply, in milliseconds.
  public let replies: Percentiles
  /// From the end of a word to the first text that has it, in milliseconds; nil where no words were spoken.
  public let words: Percentiles?
  /// From the end of the sound to the final text, in milliseconds.
  public let finals: Percentiles
  /// How many processors were busy, those of the measuring clients included.
  public let processorCount: Double

  /// The percentiles.
  public struct Percentiles: Sendable {
    /// Half of all.
    public let p50: Double
    /// 95 of a hundred.
    public let p95: Double
    /// 99 of a hundred.
    public let p99: Double

    /// Nil where there are no values.
    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let sorted = values.sorted()
      func value(_ share: Double) -> Double {
        sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
      }
      (p50, p95, p99) = (value(0.5), value(0.95), value(0.99))
    }
  }

  /// 95 % of pieces are answered within this many milliseconds.
  public static let longestReply = 250.0
  /// 95 % of words appear within this many milliseconds of their end.
  public static let longestWord = 700.0
  /// 95 % of final texts arrive within this many milliseconds.
  public static let longestFinal = 500.0

  /// Whether no client had to wait.
  public var isServed: Bool {
    failureCount == 0 && replies.p95 <= Self.longestReply && finals.p95 <= Self.longestFinal
      && (words?.p95 ?? 0) <= Self.longestWord
  }
}

/// What streams have noted while they spoke.
struct StreamNotes: Sendable {
  var replies: [Double] = []
  var words: [Double] = []
  var finals: [Double] = []
  var failureCount = 0

  static func + (one: StreamNotes, other: StreamNotes) -> StreamNotes {
    StreamNotes(
      replies: one.replies + other.replies, words: one.words + other.words,
      finals: one.finals + other.finals, failureCount: one.failureCount + other.failureCount)
  }
}

/// Finds the largest number that can be served, from few trials.
struct CapacitySearch {
  private var good = 0
  private var bad: Int?
  private let most: Int

  /// Looks among numbers up to `most`.
  init(most: Int) { self.most = most }

  /// The largest number that was served.
  var best: Int { good }

  /// The number to try now; nil once it is known well enough.
  var next: Int? {
    guard let bad else { return good >= most ? nil : min(most, max(4, good * 2)) }
    let gap = bad - good
    return gap <= max(1, good / 8) ? nil : good + gap / 2
  }

  /// Notes whether `count` were served.
  mutating func note(_ count: Int, isServed: Bool) {
    if isServed { good = max(good, count) } else { bad = min(bad ?? count, count) }
  }
}
