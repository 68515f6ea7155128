public import ParlaAudio
public import ParlaTranscripts

extension StreamScheduler {
  /// Transcribes `recording` as `RecordingTranscriber` does, with times.
  ///
  /// `onPiece` gets the text between two silences, piece by piece in order, as soon as it is known; it is called
  /// during turns and should be quick. When the task is cancelled, the recording is discarded.
  /// - Throws: `AudioError` when it cannot be read, `RecognitionError`, `CancellationError`.
  public func transcribe(
    _ recording: RecordingSource, options: TranscriptionOptions? = nil,
    onPiece: @escaping @Sendable (Transcript) -> Void = { _ in }
  ) async throws -> TranscribedFile {
    let job = RecordingJob(
      recording, recognizer, options ?? TranscriptionOptions(recognizer), tell: onPiece)
    if case .arriving(let file) = recording {
      file.onGrowth { [weak self] in self?.wake() }
    }
    try await run(job)
    return try job.transcribed()
  }

  /// Transcribes the sound file at `path`.
  ///
  /// - Throws: `AudioError` when the file cannot be read, `RecognitionError`, `CancellationError`.
  public func transcribe(file path: String, candidateCount: Int = 1) async throws -> TranscribedFile
  {
    try await transcribe(
      .file(path), options: TranscriptionOptions(recognizer, candidateCount: candidateCount))
  }

  /// The most probable transcripts of `waveform`, best first; its rate may be any.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`, `CancellationError`.
  public func transcripts(
    of waveform: Waveform, candidateCount: Int = 1
  ) async throws -> [Transcript] {
    let job = RecordingJob(
      .waveform(waveform), recognizer,
      TranscriptionOptions(recognizer, candidateCount: candidateCount))
    try await run(job)
    return try job.outcome().transcripts
  }

  /// Gives `job` turns until it is done.
  func run(_ job: RecordingJob) async throws {
    if let limit = limits.recordings, recordings.count >= limit {
      throw RecognitionError.tooManyRecordings(limit: limit)
    }
    let number = nextNumber()
    recordings[number] = Entry(member: job)
    line.append(number)
    admitRecordings()
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
    line.removeAll { $0 == number }
    plan.remove(entry.member)
    for task in entry.waiting { task.resume() }
    admitRecordings()
  }

  /// Lets recordings out of the line, those that came first.
  func admitRecordings() {
    while plan.hasRoomForRecording, let number = line.first {
      line.removeFirst()
      if let entry = recordings[number] { plan.add(entry.member) }
    }
  }
}
