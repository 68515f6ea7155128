import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts
import Testing

@Suite struct RecognitionResultsTests {
  /// Pieces of sound, one after another.
  static func pieces(_ samples: [Float], length: Int) -> AsyncStream<[Float]> {
    AsyncStream { continuation in
      for start in stride(from: 0, to: samples.count, by: length) {
        continuation.yield(Array(samples[start..<min(start + length, samples.count)]))
      }
      continuation.finish()
    }
  }

  @Test func theLastResultIsFinalAndTheWhole() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let sound = RecognitionStreamTests.sound
    var results: [RecognitionResult] = []
    for try await result in try StreamScheduler(recognizer).transcripts(
      of: Self.pieces(sound, length: 500))
    {
      results.append(result)
    }
    #expect(results.count > 1)
    #expect(results.dropLast().allSatisfy { !$0.isFinal })
    #expect(results.last?.isFinal == true)
    let whole = try RecognitionStreamTests.recognise(sound, pieceLength: sound.count)
    #expect(results.last?.transcript == whole[0])
    let texts = results.dropLast().map(\.transcript.text)
    #expect(zip(texts, texts.dropFirst()).allSatisfy { $0 != $1 })
  }

  @Test func integersAreRecognisedAsNumbersAre() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let integers = RecognitionStreamTests.sound.map { Int16($0 * 32767) }
    let pieces = AsyncStream<[Int16]> { continuation in
      continuation.yield(integers)
      continuation.finish()
    }
    var last: Transcript?
    for try await result in try StreamScheduler(recognizer).transcripts(ofInt16: pieces) {
      last = result.transcript
    }
    let numbers = integers.map { Float($0) / 32768 }
    #expect(try last == RecognitionStreamTests.recognise(numbers, pieceLength: 500)[0])
  }

  @Test func anErrorOfTheSoundEndsTheResults() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let results = try StreamScheduler(recognizer).transcripts(
      of: Self.pieces([0, .nan], length: 1))
    await #expect(throws: RecognitionError.notANumber(sampleIndex: 1)) {
      for try await _ in results {}
    }
  }
}
