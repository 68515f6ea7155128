import Dispatch
public import ParlaAudio
import ParlaNeuralNetwork
public import ParlaTranscripts

/// Owns the live streams and the recordings that are being recognised, and lets them have their turns.
///
/// What several need of the network becomes one product, live streams go before recordings, and a text is what it would be alone, bit
/// for bit. Any number of tasks use a scheduler; none of them is blocked while it computes, which it does on threads of its own.
///
/// ```swift
/// let scheduler = StreamScheduler(recognizer, threadCount: 2)
/// let stream = try await scheduler.makeStream()
/// for await piece in microphone { try await stream.feed(int16: piece) }
/// print(try await stream.finish()[0].text)
/// ```
public actor StreamScheduler {
  /// What recognises.
  public nonisolated let recognizer: Recognizer

  private let compute: Compute
  private let thread = DispatchQueue(label: "parla.turns")
  private var plan: TurnPlan
  private var isRunning = false
  private var streams: [Int: Entry<Stretch>] = [:]
  private var recordings: [Int: Entry<RecordingJob>] = [:]
  private var lastNumber = 0

  /// Somebody who is there, and tasks that wait for a turn of theirs to be over.
  fileprivate struct Entry<Member> {
    let member: Member
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  /// Recognises with `recognizer` on `threadCount` threads, or on as many as the recogniser has.
  public init(_ recognizer: Recognizer, threadCount: Int? = nil) {
    self.recognizer = recognizer
    compute = recognizer.makeCompute(threadCount: threadCount ?? recognizer.compute.threadCount)
    plan = TurnPlan(recognizer, threadCount: compute.threadCount)
  }

  /// How many live streams have neither ended nor been cancelled.
  public var streamCount: Int { streams.count }

  /// How many recordings are being recognised.
  public var recordingCount: Int { recordings.count }
}

// MARK: - Live streams

extension StreamScheduler {
  /// A stream that waits for its first samples; without `options` it has the recogniser's decoder.
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording.
  public func makeStream(
    options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> ScheduledStream {
    let options = try recognizer.checkedForStream(options)
    let number = nextNumber()
    let (events, continuation) = AsyncStream.makeStream(
      of: RecognitionResult.self, bufferingPolicy: .bufferingNewest(1))
    let stretch = Stretch(recognizer, options, tellsPartials: true) { event in
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

  /// Forgets a stream; whoever waits for it continues.
  func removeStream(_ number: Int) {
    guard let entry = streams.removeValue(forKey: number) else { return }
    plan.remove(entry.member)
    if entry.member.final == nil { entry.member.cancel() }
    for task in entry.waiting { task.resume() }
  }

  /// Sees to it that sound which has come gets its turn.
  func wake() {
    guard !isRunning else { return }
    isRunning = true
    Task { await runTurns() }
  }

  /// Waits until `condition` holds for a stream, which is asked after each turn, or until the stream is gone.
  func wait(forStream number: Int, until condition: @Sendable (Stretch) -> Bool) async {
    while let stretch = streams[number]?.member, !condition(stretch) {
      wake()
      await withCheckedContinuation { streams[number]?.waiting.append($0) }
    }
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

// MARK: - Recordings

extension StreamScheduler {
  /// What is said in the sound file at `path`: as `RecordingTranscriber` finds it, with its times.
  ///
  /// When the task is cancelled, the recording is forgotten.
  /// - Throws: `AudioError` when the file cannot be read, `RecognitionError`, `CancellationError`.
  public func transcribe(file path: String, candidateCount: Int = 1) async throws -> TranscribedFile
  {
    let transcriber = RecordingTranscriber(recognizer, candidateCount: candidateCount)
    let job = transcriber.job(file: path)
    try await run(job)
    return try transcriber.transcribed(path, job.outcome())
  }

  /// The most probable transcripts of `waveform`, best first; its rate may be any.
  ///
  /// When the task is cancelled, the recording is forgotten.
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`, `CancellationError`.
  public func transcripts(
    of waveform: Waveform, candidateCount: Int = 1
  ) async throws -> [Transcript] {
    let job = RecordingTranscriber(recognizer, candidateCount: candidateCount)
      .job(.waveform(waveform))
    try await run(job)
    return try job.outcome().transcripts
  }

  /// Gives `job` turns until it is done.
  func run(_ job: RecordingJob) async throws {
    let number = nextNumber()
    recordings[number] = Entry(member: job)
    plan.add(job)
    await withTaskCancellationHandler {
      // The handler may have come first.
      if Task.isCancelled { removeRecording(number) }
      while recordings[number] != nil, !job.isDone {
        wake()
        await withCheckedContinuation { recordings[number]?.waiting.append($0) }
      }
    } onCancel: {
      Task { await self.removeRecording(number) }
    }
    removeRecording(number)
    if !job.isDone { throw CancellationError() }
  }

  private func removeRecording(_ number: Int) {
    guard let entry = recordings.removeValue(forKey: number) else { return }
    plan.remove(entry.member)
    for task in entry.waiting { task.resume() }
  }
}

// MARK: - Turns

extension StreamScheduler {
  private func nextNumber() -> Int {
    lastNumber += 1
    return lastNumber
  }

  /// Gives turns while anybody has something to do.
  private func runTurns() async {
    while let turn = plan.next() {
      let (recognizer, network) = (recognizer, compute)
      await betweenTurns { turn.run(recognizer, network) }
      endTurn()
    }
    isRunning = false
  }

  /// Lets those go whose text is final, and everybody who waits look again.
  private func endTurn() {
    for (number, entry) in streams where entry.member.final != nil { removeStream(number) }
    var waiting: [CheckedContinuation<Void, Never>] = []
    for number in streams.keys { streams[number]?.resume(into: &waiting) }
    for number in recordings.keys { recordings[number]?.resume(into: &waiting) }
    for task in waiting { task.resume() }
  }
}

extension StreamScheduler.Entry {
  fileprivate mutating func resume(into tasks: inout [CheckedContinuation<Void, Never>]) {
    guard !waiting.isEmpty else { return }
    tasks += waiting
    waiting = []
  }
}
