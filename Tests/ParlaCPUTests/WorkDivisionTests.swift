import Testing

@testable import ParlaCPU

@Suite struct WorkDivisionTests {
  /// Tenths of a second of work, in which each division has its own speed.
  struct Work {
    var choice: DivisionChoice
    var time = 0.0
    var interruptions = 0
    var divisions: [WorkDivision] = []

    init(threads: Int) {
      choice = DivisionChoice(WorkDivision.ladder(threads: threads, hasSequences: true))
    }

    mutating func run(
      seconds: Int, interruptionsPerSecond: Int, rate: (WorkDivision) -> Double
    ) {
      divisions = []
      for _ in 0..<10 * seconds {
        time += 0.1
        interruptions += interruptionsPerSecond / 10
        divisions.append(choice.division)
        let count = interruptions
        choice.record(amount: 0.1 * rate(choice.division), seconds: 0.1, time: time) { count }
      }
    }

    /// How often `division` was worked with lately.
    func share(_ division: WorkDivision) -> Double {
      let last = divisions.suffix(divisions.count / 2)
      return Double(last.count { $0 == division }) / Double(last.count)
    }
  }

  @Test func theLadderGoesFromAllThreadsToOne() {
    let ladder = WorkDivision.ladder(threads: 6, hasSequences: true)
    #expect(ladder.map(\.threads) == [6, 6, 3, 3, 2, 2, 1])
    #expect(ladder.map(\.bySequence) == [false, true, false, true, false, true, false])
    #expect(WorkDivision.ladder(threads: 1, hasSequences: true).count == 1)
  }

  @Test func nothingIsTriedWhereNothingDisturbs() {
    var work = Work(threads: 4)
    work.run(seconds: 100, interruptionsPerSecond: 10) { 1 / Double($0.threads) }
    #expect(work.divisions.allSatisfy { $0 == WorkDivision(threads: 4, bySequence: false) })
  }

  @Test func whatIsFasterWhileDisturbedEndsWithTheDisturbance() {
    var work = Work(threads: 2)
    let own = WorkDivision(threads: 2, bySequence: true)
    work.run(seconds: 60, interruptionsPerSecond: 500) { $0 == own ? 1.5 : 1 }
    #expect(work.share(own) > 0.8)
    work.run(seconds: 60, interruptionsPerSecond: 0) { Double($0.threads) - ($0 == own ? 0.5 : 0) }
    #expect(work.share(WorkDivision(threads: 2, bySequence: false)) == 1)
  }

  @Test func oneThreadIsFoundWhereItIsFastest() {
    var work = Work(threads: 8)
    work.run(seconds: 100, interruptionsPerSecond: 5000) { division in
      1 / Double(division.threads) * (division.bySequence ? 1.2 : 1)
    }
    #expect(work.share(WorkDivision(threads: 1, bySequence: false)) > 0.8)
  }

  @Test func trialsThatGainNothingAreRare() {
    var work = Work(threads: 2)
    work.run(seconds: 200, interruptionsPerSecond: 500) {
      Double($0.threads) - ($0.bySequence ? 0.5 : 0)
    }
    #expect(work.share(WorkDivision(threads: 2, bySequence: false)) > 0.9)
  }
}
