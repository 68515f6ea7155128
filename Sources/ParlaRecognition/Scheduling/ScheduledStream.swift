public import ParlaTranscripts

/// A live stream of a `StreamScheduler`.
///
/// One task feeds it, and one, the same or another, may read its `events` meanwhile. When either is cancelled, or when the stream
/// is no longer referenced, it is discarded with all of its state.
public final class ScheduledStream: Sendable {
  /// The text whenever it changes, the last one final; slow readers skip outdated texts.
  public let events: AsyncStream<RecognitionResult>

  private let scheduler: StreamScheduler
  private let number: Int
  package let stretch: Stretch
  private let continuation: AsyncStream<RecognitionResult>.Continuation

  init(
    _ scheduler: StreamScheduler, number: Int, stretch: Stretch,
    events: AsyncStream<RecognitionResult>,
    continuation: AsyncStream<RecognitionResult>.Continuation
  ) {
    self.scheduler = scheduler
    self.number = number
    self.stretch = stretch
    self.events = events
    self.continuation = continuation
  }

  deinit {
    if stretch.final == nil { cancel() }
  }

  /// Samples a second that the stream expects, in hertz: the model's.
  public var sampleRate: Int { scheduler.recognizer.sampleRate }

  /// Takes the next `samples`, of one channel, in [-1, 1]; any number of them.
  ///
  /// It suspends while much sound is pending, as set by `SchedulerLimits.secondsWaiting`.
  /// - Throws: `RecognitionError.finished`, `.notANumber`, `CancellationError`.
  public func feed(_ samples: [Float]) async throws {
    try await add { stretch in try stretch.feed(samples) }
  }

  /// Takes the next samples, of one channel, as integers of 16 bits.
  ///
  /// - Throws: `RecognitionError.finished`, `CancellationError`.
  public func feed(int16 samples: [Int16]) async throws {
    try await add { stretch in try stretch.feed(int16: samples) }
  }

  /// Waits until all complete steps of the sound so far are decoded.
  ///
  /// - Throws: `CancellationError`.
  public func settle() async throws {
    await scheduler.wait(forStream: number) { !$0.hasWork }
    try checkIsThere()
  }

  /// The `count` best transcripts decoded so far, best first.
  ///
  /// - Throws: `CancellationError`.
  public func intermediate(count: Int = 1) async throws -> [Transcript] {
    try checkIsThere()
    return await scheduler.betweenTurns { [stretch] in stretch.intermediate(count) }
  }

  /// Ends the sound, and returns the `count` best transcripts, best first.
  ///
  /// - Throws: `RecognitionError.finished` the second time, `CancellationError`.
  public func finish(count: Int = 1) async throws -> [Transcript] {
    try checkIsThere()
    try stretch.end(candidateCount: count)
    await withTaskCancellationHandler {
      await scheduler.wait(forStream: number) { $0.final != nil }
    } onCancel: {
      cancel()
    }
    guard let final = stretch.final else { throw CancellationError() }
    return final
  }

  /// Discards the stream: its events end, and waiting tasks get a `CancellationError`.
  public func cancel() {
    stretch.cancel()
    continuation.finish()
    Task { [scheduler, number] in await scheduler.removeStream(number) }
  }

  private func add(_ feed: (Stretch) throws -> Bool) async throws {
    try checkIsThere()
    guard try feed(stretch) else { return }
    scheduler.wake()
    let most = Int(scheduler.limits.secondsWaiting * Double(sampleRate))
    guard stretch.waitingCount > most else { return }
    await scheduler.wait(forStream: number) { $0.waitingCount <= most }
    try checkIsThere()
  }

  private func checkIsThere() throws {
    if Task.isCancelled { cancel() }
    if stretch.isCancelled { throw CancellationError() }
  }
}
