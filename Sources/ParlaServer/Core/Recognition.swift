import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

extension StreamScheduler {
  /// What is said in `sound`, which is recognised whole; `decoder` takes the place of the recogniser's.
  func transcripts(of sound: Waveform, decoder: BeamSearchDecoder?) async throws -> [Transcript] {
    let stream = try makeStream(options: RecognitionOptions(decoder: decoder))
    try await stream.feed(sound.samples)
    return try await stream.finish()
  }
}
