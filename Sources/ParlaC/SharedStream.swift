import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// A stream that C feeds; a lock turns what would be a race of careless threads into an order of calls.
final class SharedStream: Sendable {
  let alphabet: Alphabet
  let secondsPerFrame: Double
  private let stream: Mutex<RecognitionStream>

  init(_ recognizer: Recognizer) throws {
    alphabet = recognizer.alphabet
    secondsPerFrame = recognizer.secondsPerFrame
    // The originals' steps, so that intermediate results are theirs, too.
    let options = RecognitionOptions(decoder: recognizer.decoder, framesPerStep: 16)
    stream = Mutex(try recognizer.makeStream(options: options))
  }

  func feed(_ samples: UnsafeBufferPointer<Int16>) throws {
    let samples = unsafe Array(samples)
    try stream.withLock { try $0.feed(int16: samples) }
  }

  func feed(_ samples: UnsafeBufferPointer<Float>) throws {
    let samples = unsafe Array(samples)
    try stream.withLock { try $0.feed(samples) }
  }

  func intermediate(count: Int) -> [Transcript] {
    stream.withLock { $0.intermediate(count: count) }
  }

  func intermediateFlushing(count: Int) -> [Transcript] {
    stream.withLock { $0.intermediateFlushing(count: count) }
  }

  func finish(count: Int) throws -> [Transcript] {
    try stream.withLock { try $0.finish(count: count) }
  }
}
