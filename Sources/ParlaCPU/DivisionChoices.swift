import CKernels
import Synchronization

/// What threads meet for so often that the best division of it is measured.
enum Recurrence: Int, CaseIterable {
  case forwards, backwards, inference
}

/// The best division of each kind of recurrence among the threads of a pool.
final class DivisionChoices: Sendable {
  private let choices: Mutex<[DivisionChoice]>
  private let start = ContinuousClock.now

  init(threadCount: Int) {
    choices = Mutex(
      Recurrence.allCases.map {
        DivisionChoice(WorkDivision.ladder(threads: threadCount, hasSequences: $0 != .inference))
      })
  }

  /// Always `division`.
  init(always division: WorkDivision) {
    choices = Mutex(Recurrence.allCases.map { _ in DivisionChoice([division]) })
  }

  /// Does `work`, which is `amount` of some unit, with the best division, and measures it.
  func measure(
    _ kind: Recurrence, amount: Double, in pool: WorkerPool, _ work: (WorkDivision) -> Void
  ) {
    let division = choices.withLock { $0[kind.rawValue].division }
    guard pool.threadCount > 1 else { return work(division) }
    pool.setCrew(division.threads)
    let begin = ContinuousClock.now
    work(division)
    let end = ContinuousClock.now
    pool.setCrew(pool.threadCount)
    choices.withLock { choices in
      choices[kind.rawValue].record(
        amount: amount, seconds: (end - begin) / .seconds(1),
        time: (end - start) / .seconds(1), interruptions: { parla_interruptions() })
    }
  }
}
