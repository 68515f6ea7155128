import Dispatch
import ParlaNeuralNetwork
import ParlaPlatform
import ParlaTranscripts
import Synchronization

/// Owns the live streams and the recordings that are being recognised, and lets them have their turns.
///
/// Streams and recordings go through the network in batches, live streams before recordings, and each text is bit-identical to
/// recognising it alone. Any number of tasks use a scheduler; none of them is blocked, since it computes on its own threads.
///
/// ```swift
/// let scheduler = StreamScheduler(recognizer, threadCount: 2)
/// let stream = try await scheduler.makeStream()
/// for await piece in microphone { try await stream.feed(int16: piece) }
/// print(try await stream.finish()[0].text)
/// ```
public actor StreamScheduler {
  /// The recogniser.
  public nonisolated let recognizer: Recognizer

  /// The limits.
  public nonisolated let limits: SchedulerLimits

  let compute: Compute
  let onTurn: (@Sendable (TurnReport) -> Void)?
  private nonisolated let thread = DispatchQueue(label: "parla.turns")
  var plan: TurnPlan
  /// Whether turns are being given, or will be.
  private nonisolated let isAwake = Atomic(false)
  private var streams: [Int: Entry<Stretch>] = [:]
  var recordings: [Int: Entry<RecordingJob>] = [:]
  /// Recordings that wait until there is room for them in the plan.
  var line: [Int] = []
  private var lastNumber = 0

  /// Somebody who is there, and tasks that wait for a turn of theirs to be over.
  struct Entry<Member> {
    let member: Member
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  /// Recognises with `recognizer` on `threadCount` threads, or on as many as the recogniser has.
  ///
  /// `onTurn` receives a summary after each turn, on a thread of its own; the next turn waits for it.
  public init(
    _ recognizer: Recognizer, threadCount: Int? = nil, limits: SchedulerLimits = SchedulerLimits(),
    onTurn: (@Sendable (TurnReport) -> Void)? = nil
  ) {
    self.recognizer = recognizer
    self.limits = limits
    self.onTurn = onTurn
    compute = recognizer.makeCompute(threadCount: threadCount ?? recognizer.compute.threadCount)
    plan = TurnPlan(recognizer, threadCount: compute.threadCount)
  }

  /// How many live streams have neither ended nor been cancelled.
  public var streamCount: Int { streams.count }

  /// The number of recordings, including waiting ones.
  public var recordingCount: Int { recordings.count }
}

// MARK: - Live streams

extension StreamScheduler {
  /// A stream that waits for its first samples; without `options` it has the recogniser's decoder.
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording, `.tooManyStreams`.
  public func makeStream(
    options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> ScheduledStream {
    let options = try recognizer.checkedForStream(options)
    if let limit = limits.streams, streams.count >= limit { throw .tooManyStreams(limit: limit) }
    let number = nextNumber()
    let (events, continuation) = AsyncStream.makeStream(
      of: RecognitionResult.self, bufferingPolicy: .bufferingNewest(1))
    let stretch = Stretch(recognizer, options, purpose: .text(tellsPartials: true)) { event in
      switch event {
      case .partial(let best):
        continuation.yield(RecognitionResult(transcript: best, isFinal: false))
      case .final(let transcripts):
        if let best = transcripts.first {
          continuation.yield(RecognitionResult(transcript: best, isFinal: true))
        }
        continuation.finish()
      }
    }
    continuation.onTermination = { [weak self] reason in
      guard case .cancelled = reason, let self else { return }
      Task { await self.removeStream(number) }
    }
    streams[number] = Entry(member: stretch)
    plan.add(stretch)
    return ScheduledStream(
      self, number: number, stretch: stretch, events: events, continuation: continuation)
  }

  /// Discards a stream; tasks that wait for it continue.
  func removeStream(_ number: Int) {
    guard let entry = streams.removeValue(forKey: number) else { return }
    plan.remove(entry.member)
    if entry.member.final == nil { entry.member.cancel() }
    for task in entry.waiting { task.resume() }
  }

  /// Sees to it that sound which has come gets its turn.
  nonisolated func wake() {
    guard !isAwake.exchange(true, ordering: .sequentiallyConsistent) else { return }
    Task { await runTurns() }
  }

  /// Waits until `condition` holds for a stream, which is asked after each turn, or until the stream is gone.
  func wait(forStream number: Int, until condition: @Sendable (Stretch) -> Bool) async {
    while let stretch = streams[number]?.member, !condition(stretch) {
      wake()
      await withCheckedContinuation { streams[number]?.waiting.append($0) }
    }
    // The turn that ended the stream may still be running for others.
    if streams[number]?.member.final != nil { removeStream(number) }
  }

  /// What `work` gives between two turns, on the thread that computes.
  nonisolated func betweenTurns<Result: Sendable>(
    _ work: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      thread.async { continuation.resume(returning: work()) }
    }
  }
}

// MARK: - Turns

extension StreamScheduler {
  func nextNumber() -> Int {
    lastNumber += 1
    return lastNumber
  }

  /// How long a first turn waits for others where several streams are live, in microseconds.
  private static let gatheringMicroseconds: UInt32 = 100

  /// Gives turns while anybody has something to do.
  private func runTurns() async {
    // Streams that are fed at the same moment share a turn, which costs little more than a turn for one.
    if streams.count > 1 { await betweenTurns { _ = usleep(Self.gatheringMicroseconds) } }
    var next = plan.next()
    while let turn = next {
      let (recognizer, network) = (recognizer, compute)
      let (duration, frameCount) = await betweenTurns {
        let start = ContinuousClock.now
        let frameCount = turn.run(recognizer, network)
        return (ContinuousClock.now - start, frameCount)
      }
      endTurn()
      await tell(turn, duration, frameCount)
      next = plan.next()
    }
    // Sound that comes from here on wakes somebody else; what came before is seen now.
    isAwake.store(false, ordering: .sequentiallyConsistent)
    if plan.next() != nil { wake() }
  }

  private func tell(_ turn: Turn, _ duration: Duration, _ frameCount: Int) async {
    guard let onTurn else { return }
    let report = TurnReport(
      seconds: duration / .seconds(1), streamCount: turn.liveCount,
      pieceCount: turn.shares.count - turn.liveCount, frameCount: frameCount,
      openStreamCount: streams.count, openRecordingCount: recordings.count,
      secondsWaiting: plan.longestQueue)
    await betweenTurns { onTurn(report) }
  }

  /// Lets those go whose text is final, and everybody who waits look again.
  private func endTurn() {
    for (number, entry) in streams where entry.member.final != nil { removeStream(number) }
    var waiting: [CheckedContinuation<Void, Never>] = []
    for number in streams.keys { streams[number]?.resume(into: &waiting) }
    for number in recordings.keys { recordings[number]?.resume(into: &waiting) }
    for task in waiting { task.resume() }
    // A recording that waits for its file leaves its room to others.
    admitRecordings()
  }
}

extension StreamScheduler.Entry {
  fileprivate mutating func resume(into tasks: inout [CheckedContinuation<Void, Never>]) {
    guard !waiting.isEmpty else { return }
    tasks += waiting
    waiting = []
  }
}
