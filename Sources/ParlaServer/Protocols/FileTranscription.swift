import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

/// Turns a sound file that was sent into text, while it arrives where its format lets it.
///
/// It takes its turns among all clients of the model. The work ends with this object.
final class FileTranscription: Sendable {
  /// The texts between silences, in order, as soon as those before are there.
  let pieces: AsyncStream<Transcript>

  private let task: Task<TranscribedFile, any Error>

  /// Begins with `upload`, of which perhaps nothing has come yet.
  init(_ site: Site, _ model: ServedModel, _ decoder: BeamSearchDecoder?, _ upload: Upload) {
    let (pieces, continuation) = AsyncStream.makeStream(of: Transcript.self)
    self.pieces = pieces
    let work = Work(
      scheduler: model.scheduler, decoder: decoder, longestSeconds: site.limits.soundSeconds,
      upload: upload, told: continuation)
    task = Task {
      defer { continuation.finish() }
      do {
        let transcribed = try await work.run()
        site.metrics.count(sound: transcribed.duration)
        return transcribed
      } catch let error as CancellationError {
        throw error
      } catch {
        throw RequestFailure(error, source: upload.path)
      }
    }
  }

  deinit { task.cancel() }

  /// The whole, once all of it has come; the work ends when the task that asks is cancelled.
  ///
  /// - Throws: `RequestFailure`, `CancellationError`.
  func transcribed() async throws -> TranscribedFile {
    try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// The first of the pieces; nil if there is no speech.
  ///
  /// - Throws: `RequestFailure`, `CancellationError`, if there is none for that.
  func firstPiece() async throws -> Transcript? {
    var iterator = pieces.makeAsyncIterator()
    if let piece = await iterator.next() { return piece }
    _ = try await transcribed()
    return nil
  }

  /// What is done.
  private struct Work: Sendable {
    let scheduler: StreamScheduler
    let decoder: BeamSearchDecoder?
    let longestSeconds: Int
    let upload: Upload
    let told: AsyncStream<Transcript>.Continuation

    func run() async throws -> TranscribedFile {
      do {
        return try await transcribe(.arriving(upload.file))
      } catch let problem as AudioError {
        return try await retry(after: problem)
      }
    }

    /// What is cut is recognised to where it ends; what no library of the program reads, another program may.
    private func retry(after problem: AudioError) async throws -> TranscribedFile {
      if case .truncated(_, let found, _) = problem, found > 0, upload.opensEnd() {
        return try await transcribe(.file(upload.path))
      }
      let converted = try await ForeignSound.converted(
        upload, sampleRate: scheduler.recognizer.sampleRate, longestSeconds: longestSeconds,
        after: problem)
      guard let converted else { throw problem }
      defer { withExtendedLifetime(converted) {} }
      return try await transcribe(.file(converted.path))
    }

    private func transcribe(_ recording: RecordingSource) async throws -> TranscribedFile {
      var options = TranscriptionOptions(scheduler.recognizer)
      options.decoder = decoder
      options.longestSeconds = longestSeconds
      return try await scheduler.transcribe(recording, options: options) { told.yield($0) }
    }
  }
}
