public import ParlaAudio
public import ParlaTranscripts

/// Writes down whole recordings of any length, rate and format.
///
/// Silences of a second and more are skipped, so that nothing is recognised in them, and the pieces between
/// them are recognised independently, several at a time. A recording without such silences is recognised as a
/// whole. Times count from the recording's start.
public struct RecordingTranscriber: Sendable {
  /// The recogniser for the pieces.
  public var recognizer: Recognizer

  /// How many transcripts of a recording are wanted.
  public var candidateCount: Int

  /// Whether only speech is recognised; otherwise the whole recording is, silences included.
  public var leavesOutSilence: Bool

  /// How many pieces of a recording are recognised at the same time.
  public var threadCount: Int

  /// Recognises with `recognizer`, whose settings also decide whether silences are skipped if `leavesOutSilence` is nil.
  public init(
    _ recognizer: Recognizer, candidateCount: Int = 1, leavesOutSilence: Bool? = nil,
    threadCount: Int = 1
  ) {
    precondition(candidateCount >= 1, "candidateCount is at least 1")
    self.recognizer = recognizer
    self.candidateCount = candidateCount
    self.leavesOutSilence = leavesOutSilence ?? recognizer.leavesOutSilence
    self.threadCount = threadCount
  }

  /// Transcribes the sound file at `path`.
  ///
  /// - Throws: `AudioError` when the file cannot be read, `RecognitionError`.
  public func transcribe(file path: String) throws -> TranscribedFile {
    try transcribe(.file(path))
  }

  /// Transcribes `recording`.
  ///
  /// - Throws: `AudioError` when it cannot be read, `RecognitionError`.
  public func transcribe(_ recording: RecordingSource) throws -> TranscribedFile {
    let job = job(recording)
    run(1) { _ in
      job
    } finished: { _, _ in
    }
    return try job.transcribed()
  }

  /// Transcribes each of the sound files at `paths`, or returns its error.
  ///
  /// They are recognised together: faster than one by one, with the same texts. However long they are, some minutes of their sound
  /// are in memory at a time.
  public func transcribe(files paths: [String]) -> [Result<TranscribedFile, any Error>] {
    var results = paths.map { _ in Result<TranscribedFile, any Error>.failure(CancellationError()) }
    run(paths.count) {
      job(.file(paths[$0]))
    } finished: { index, job in
      results[index] = Result { try job.transcribed() }
    }
    return results
  }

  /// The most probable transcripts of `waveform`, best first.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`.
  public func transcripts(of waveform: Waveform) throws -> [Transcript] {
    let job = job(.waveform(waveform))
    run(1) { _ in
      job
    } finished: { _, _ in
    }
    return try job.outcome().transcripts
  }
}

// MARK: - Turns on the calling thread

extension RecordingTranscriber {
  /// Transcribes `count` recordings, a few at a time: `job` starts each in turn, or skips it by returning nil.
  func run(
    _ count: Int, _ job: (Int) -> RecordingJob?, finished: (Int, RecordingJob) -> Void
  ) {
    var turns = TurnLoop(recognizer, threadCount: threadCount)
    var open: [(index: Int, job: RecordingJob)] = []
    var next = 0
    repeat {
      for (index, job) in open where job.isDone {
        turns.plan.remove(job)
        finished(index, job)
      }
      open.removeAll { $0.job.isDone }
      while turns.plan.hasRoomForRecording, next < count {
        if let job = job(next) {
          turns.plan.add(job)
          open.append((next, job))
        }
        next += 1
      }
    } while turns.next()
  }

  func job(_ source: RecordingSource) -> RecordingJob {
    RecordingJob(source, recognizer, options)
  }

  private var options: TranscriptionOptions {
    var options = TranscriptionOptions(recognizer, candidateCount: candidateCount)
    options.leavesOutSilence = leavesOutSilence
    return options
  }
}
