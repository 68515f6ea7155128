import Synchronization
import Testing

@testable import ParlaCPU

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 4, 9]) func everyPieceIsDoneOnceAndAfterThePhaseBefore(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    for (phases, pieces) in [(1, 1), (3, 2), (200, 7), (5, 300), (0, 3), (3, 0)] {
      let counts = Counts(phases * pieces)
      pool.run(phases: phases, pieces: pieces) { phase, piece, thread in
        counts.add(phase * pieces + piece)
        if !(0..<threads).contains(thread) { counts.fail() }
        // All of the phase before are done, none of the next is begun.
        if phase > 0 && !counts.areOne((phase - 1) * pieces..<phase * pieces) { counts.fail() }
        if phase + 1 < phases && counts.sum((phase + 1) * pieces..<(phase + 2) * pieces) != 0 {
          counts.fail()
        }
      }
      #expect(counts.areOne(0..<phases * pieces) && !counts.hasFailed)
    }
  }

  @Test func aThreadDoesOnePieceAtATime() {
    let pool = WorkerPool(threadCount: 4)
    let inside = Counts(4)
    pool.run(phases: 300, pieces: 9) { _, _, thread in
      if inside.add(thread) != 1 { inside.fail() }
      inside.remove(thread)
    }
    #expect(!inside.hasFailed)
  }

  @Test func aTaskWithinATaskIsDoneByItsCaller() {
    let pool = WorkerPool(threadCount: 3)
    let counts = Counts(8 * 5)
    pool.run(pieces: 8) { _, outer, _ in
      pool.run(phases: 2, pieces: 5) { phase, inner, thread in
        if phase == 0 { counts.add(5 * outer + inner) }
        if thread != 0 { counts.fail() }
      }
    }
    #expect(counts.areOne(0..<40) && !counts.hasFailed)
  }

  @Test func tasksOfSeveralCallersDoNotMix() async {
    let pool = WorkerPool(threadCount: 3)
    let all = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<100).allSatisfy { _ in
            let counts = Counts(6)
            pool.run(phases: 3, pieces: 6) { phase, piece, _ in
              if phase == 1 { counts.add(piece) }
            }
            return counts.areOne(0..<6)
          }
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(all)
  }

  @Test func aCrewMayChangeBetweenTasks() {
    let pool = WorkerPool(threadCount: 4)
    for round in 0..<200 {
      pool.setCrew(round % 6)
      #expect(pool.crew == min(max(round % 6, 1), 4))
      let counts = Counts(20)
      pool.run(phases: 4, pieces: 5) { phase, piece, _ in counts.add(5 * phase + piece) }
      #expect(counts.areOne(0..<20))
    }
  }
}

/// Counts that all threads write.
private final class Counts: Sendable {
  private let counts: Mutex<[Int]>
  private let failed = Atomic(false)

  init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

  @discardableResult func add(_ index: Int) -> Int {
    counts.withLock {
      $0[index] += 1
      return $0[index]
    }
  }

  func remove(_ index: Int) { counts.withLock { $0[index] -= 1 } }
  func sum(_ range: Range<Int>) -> Int { counts.withLock { $0[range].reduce(0, +) } }
  func areOne(_ range: Range<Int>) -> Bool {
    counts.withLock { $0[range].allSatisfy { $0 == 1 } }
  }
  func fail() { failed.store(true, ordering: .relaxed) }
  var hasFailed: Bool { failed.load(ordering: .relaxed) }
}
