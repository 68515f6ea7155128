/// How the threads of a pool share a recurrence.
struct WorkDivision: Equatable, Sendable {
  /// How many threads take part.
  var threads: Int

  /// Whether each thread has sequences of its own and computes them from end to end.
  ///
  /// Otherwise all threads share the units of each frame, and meet after it.
  var bySequence: Bool

  /// What a pool of `threads` can do, the fastest first if nothing else needs the processors, and the fastest last if
  /// nearly everything does.
  ///
  /// Threads that share units keep their part of the weights in their caches, but wait for the last one at every frame. With
  /// sequences of their own, they need not wait for those whose processor the system has given to another program.
  static func ladder(threads: Int, hasSequences: Bool) -> [WorkDivision] {
    var ladder: [WorkDivision] = []
    var count = threads
    while count > 1 {
      ladder.append(WorkDivision(threads: count, bySequence: false))
      if hasSequences { ladder.append(WorkDivision(threads: count, bySequence: true)) }
      count = (count + 1) / 2
    }
    return ladder + [WorkDivision(threads: 1, bySequence: false)]
  }
}

/// Which division of something that is done again and again is fastest, found by trying.
///
/// Times are collected in spells. A spell in which the system often takes the processor from the threads (other programs are at
/// work, or a quota of a container is used up) is followed now and then by one with the next division of the ladder, and any
/// spell with another division than the first now and then by one with the division before. What is faster by a twentieth
/// stays. On a machine that has nothing else to do, all threads work always, and nothing is tried.
struct DivisionChoice {
  private let ladder: [WorkDivision]
  private var best = 0
  private var tried = 0
  private var amount = 0.0
  private var seconds = 0.0
  private var begin: (time: Double, interruptions: Int)?
  private var bestRate = 0.0
  private var pause = 1
  private var spellsUntilTrial = 1
  private var goesDown = true

  /// Seconds of a spell.
  static let spellSeconds = 0.25

  /// Interruptions a second for each thread, above which a spell counts as disturbed.
  static let disturbance = 20.0

  /// The most spells between two trials.
  private static let longestPause = 32

  /// By how much another division must be faster.
  private static let gain = 1.05

  init(_ ladder: [WorkDivision]) { self.ladder = ladder }

  /// How to work until the next record.
  var division: WorkDivision { ladder[tried] }

  /// Takes note of a piece of work that has just been done.
  ///
  /// - Parameters:
  ///   - amount: What was done, in any unit.
  ///   - seconds: How long it took.
  ///   - time: The present, in seconds.
  ///   - interruptions: How often the system has taken a processor from this program's threads so far.
  mutating func record(
    amount: Double, seconds: Double, time: Double, interruptions: () -> Int
  ) {
    guard let begin else {
      begin = (time, interruptions())
      return
    }
    self.amount += amount
    self.seconds += seconds
    guard self.seconds >= Self.spellSeconds else { return }
    let count = interruptions()
    let perSecond =
      Double(count - begin.interruptions) / max(time - begin.time, Self.spellSeconds)
    endSpell(
      rate: self.amount / self.seconds,
      isDisturbed: perSecond > Self.disturbance * Double(division.threads))
    (self.amount, self.seconds, self.begin) = (0, 0, (time, count))
  }

  private mutating func endSpell(rate: Double, isDisturbed: Bool) {
    if tried != best {
      if rate > bestRate * Self.gain {
        (best, bestRate, pause) = (tried, rate, 1)
      } else {
        (pause, goesDown) = (min(2 * pause, Self.longestPause), !goesDown)
      }
      (tried, spellsUntilTrial) = (best, pause)
      return
    }
    bestRate = bestRate == 0 ? rate : 0.5 * (bestRate + rate)
    spellsUntilTrial -= 1
    guard spellsUntilTrial <= 0 else { return }
    let canGoDown = isDisturbed && best + 1 < ladder.count
    if canGoDown && (goesDown || best == 0) {
      (tried, goesDown) = (best + 1, true)
    } else if best > 0 {
      (tried, goesDown) = (best - 1, false)
    }
  }
}
