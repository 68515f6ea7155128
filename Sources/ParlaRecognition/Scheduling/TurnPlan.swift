import ParlaAcousticModel
import ParlaNeuralNetwork

/// Decides what goes through the network together in the next turn.
///
/// Live streams with a step of sound go first, all of them, so that none waits longer than a turn. Recordings share the rest:
/// a few of their pieces at a time, in long steps while nothing is live and in short ones otherwise, so that a turn is short while
/// live streams wait. Neither can starve the other.
struct TurnPlan: Sendable {
  private let recognizer: Recognizer
  private let threadCount: Int
  private var live: [Stretch] = []
  private var recordings: [RecordingJob] = []

  init(_ recognizer: Recognizer, threadCount: Int) {
    self.recognizer = recognizer
    self.threadCount = threadCount
  }

  /// How many pieces of recordings go together: on each thread a few, which read the network's weights once.
  ///
  /// More gain little more.
  private var piecesTogether: Int { 4 * max(1, threadCount) }

  /// Whether another recording would gain something: each has sound in memory, but for those that wait for their files.
  var hasRoomForRecording: Bool { recordings.count { !$0.isIdle } < piecesTogether }

  /// How many frames a stretch has a turn for, at most, while others may be waiting for words.
  private static let shortTurn = 16

  mutating func add(_ stretch: Stretch) { live.append(stretch) }

  mutating func add(_ recording: RecordingJob) { recordings.append(recording) }

  mutating func remove(_ stretch: Stretch) { live.removeAll { $0 === stretch } }

  mutating func remove(_ recording: RecordingJob) { recordings.removeAll { $0 === recording } }

  /// The most seconds of sound that wait in a live stream.
  var longestQueue: Double {
    Double(live.map(\.waitingCount).max() ?? 0) / Double(recognizer.sampleRate)
  }

  /// The next turn; nil if there is nothing to do.
  mutating func next() -> Turn? {
    live.removeAll { $0.final != nil }
    recordings.removeAll(where: \.isDone)
    let ready = live.filter(\.hasWork)
    let most = piecesTogether
    let secondsKept = max(20, 60 * (threadCount + 1) / max(1, recordings.count))
    let reading = recordings.filter {
      $0.wantsToBeRead(keeping: secondsKept * recognizer.sampleRate)
    }
    var pieces = nextPieces(most)
    // Pieces that go alone would cost more: first there must be enough of them.
    if pieces.count < most && !reading.isEmpty { pieces = [] }
    guard !ready.isEmpty || !pieces.isEmpty || !reading.isEmpty else { return nil }
    let shares =
      ready.map { Turn.Share(stretch: $0, frameLimit: frames(for: ready.count, isLive: true)) }
      + pieces.map { Turn.Share(stretch: $0, frameLimit: frames(for: pieces.count, isLive: false)) }
    return Turn(
      shares: shares, liveCount: ready.count, readings: pieces.isEmpty ? reading : [],
      readLimit: (live.isEmpty ? 10 : 2) * recognizer.sampleRate)
  }

  /// For how many frames each of `count` has a turn.
  private func frames(for count: Int, isLive: Bool) -> Int {
    let largest = recognizer.inference.largestStep
    let fair = min(largest, max(8, largest * threadCount / count))
    let othersWait = isLive ? live.count > 1 : !live.isEmpty
    return othersWait ? min(fair, Self.shortTurn) : fair
  }

  /// At most `most` pieces, the first of each recording, then the second of each, and so on; those processed then go to the end.
  private mutating func nextPieces(_ most: Int) -> [Stretch] {
    let all = recordings.map(\.pieces)
    var chosen: [Stretch] = []
    for depth in 0..<most where chosen.count < most {
      chosen += all.filter { $0.count > depth }.map { $0[depth] }.prefix(most - chosen.count)
    }
    if recordings.count > most {
      recordings = Array(recordings[most...] + recordings[..<most])
    }
    return chosen
  }
}
