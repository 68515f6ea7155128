import Foundation
import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

/// Turns a sound file that was sent into text.
struct FileTranscription: Sendable {
  let site: Site
  let model: ServedModel
  var decoder: BeamSearchDecoder?

  init(_ site: Site, _ model: ServedModel) {
    self.site = site
    self.model = model
    decoder = model.recognizer.decoder
  }

  /// The text of `upload`, once all of it is there; the work ends when the task is cancelled.
  ///
  /// - Throws: `RequestFailure`, `CancellationError`.
  func transcribe(_ upload: Upload) async throws -> TranscribedFile {
    var pieces: [Transcript.Piece] = []
    let duration = try await recognise(upload) { pieces.append($0) }
    let recognizer = model.recognizer
    let joined = Transcript.joining(
      pieces, spaceLabel: recognizer.alphabet.spaceLabel,
      secondsPerFrame: recognizer.secondsPerFrame)
    return TranscribedFile(
      file: "sound", duration: duration,
      transcript: joined.first ?? Transcript(text: "", words: [], naturalLogProbability: 0),
      candidates: [],
      labels: TokenLabels(recognizer.alphabet, secondsPerFrame: recognizer.secondsPerFrame))
  }

  /// Gives the text of `upload` piece by piece, in order, as soon as those before are there; how long it is, in seconds.
  ///
  /// The pieces are those of whole recordings, and so is the text. Some minutes of sound are in memory.
  /// - Throws: `RequestFailure`, `CancellationError`.
  func recognise(
    _ upload: Upload, _ give: (Transcript.Piece) async throws -> Void
  ) async throws -> Double {
    do {
      return try await hearPieces(upload, give)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw RequestFailure(error, source: upload.path)
    }
  }

  private func hearPieces(
    _ upload: Upload, _ give: (Transcript.Piece) async throws -> Void
  ) async throws -> Double {
    guard upload.byteCount > 0 else { throw AudioError.empty(path: upload.path) }
    let recognizer = decoding
    let (reader, converted) = try await open(upload, recognizer)
    defer { withExtendedLifetime(converted) {} }
    let together = 2 * max(1, site.settings.threadCount)
    try await withThrowingTaskGroup(of: (Int, Transcript.Piece).self) { group in
      var (begun, given) = (0, 0)
      var done: [Int: Transcript.Piece] = [:]
      var isOver = false
      while !isOver || given < begun {
        while !isOver, begun - given < together {
          guard let piece = try await reader.next() else {
            isOver = true
            break
          }
          let number = begun
          group.addTask { [self] in (number, try await transcripts(of: piece)) }
          begun += 1
        }
        if let (number, piece) = try await group.next() { done[number] = piece }
        while let piece = done.removeValue(forKey: given) {
          try await give(piece)
          given += 1
        }
      }
    }
    let seconds = reader.duration
    site.metrics.count(sound: seconds)
    return seconds
  }

  /// What reads the sound, with the file that was made for it where its own could not be read.
  private func open(_ upload: Upload, _ recognizer: Recognizer) async throws -> (
    PieceReader, Upload?
  ) {
    let longest = site.limits.soundSeconds
    do {
      return (try PieceReader(upload.path, recognizer, longestSeconds: longest), nil)
    } catch {
      let problem = error
      if case .truncated(_, let found, _) = problem, found > 0, upload.opensEnd() {
        return (try PieceReader(upload.path, recognizer, longestSeconds: longest), nil)
      }
      let converted = try await ForeignSound.converted(
        upload, sampleRate: recognizer.sampleRate, longestSeconds: longest, after: problem)
      guard let converted else { throw problem }
      return (try PieceReader(converted.path, recognizer, longestSeconds: longest), converted)
    }
  }

  private var decoding: Recognizer {
    var recognizer = model.recognizer
    recognizer.decoder = decoder
    return recognizer
  }

  private func transcripts(of piece: PieceReader.Piece) async throws -> Transcript.Piece {
    let transcripts = try await model.scheduler.transcripts(of: piece.sound, decoder: decoder)
    return Transcript.Piece(candidates: transcripts, startFrame: piece.startFrame)
  }
}
