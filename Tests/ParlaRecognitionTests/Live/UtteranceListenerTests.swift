import ParlaAudio
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct UtteranceListenerTests {
  static func events(
    _ samples: [Float], pieceLength: Int = 1600, findsSpeech: Bool = true
  ) throws -> [UtteranceListener.Event] {
    var listener = try UtteranceListener(
      RecognizerTests.recognizer(), findsSpeech: findsSpeech)
    var events: [UtteranceListener.Event] = []
    for start in stride(from: 0, to: samples.count, by: pieceLength) {
      events += try listener.feed(
        Array(samples[start..<min(start + pieceLength, samples.count)]))
    }
    return events + (try listener.finish())
  }

  static func utterances(_ events: [UtteranceListener.Event]) -> [Transcript] {
    events.compactMap { if case .utterance(let transcript) = $0 { transcript } else { nil } }
  }

  static let twice =
    SyntheticVoice.silence(seconds: 2) + SyntheticVoice.speech(seconds: 1)
    + SyntheticVoice.silence(seconds: 2) + SyntheticVoice.speech(seconds: 1.5)

  @Test func silenceSaysNothing() throws {
    #expect(try Self.events(SyntheticVoice.silence(seconds: 5)) == [])
    #expect(try Self.events([]) == [])
  }

  @Test func eachUtteranceIsRecognisedByItself() throws {
    let recognised = Self.utterances(try Self.events(Self.twice))
    #expect(recognised.count == 2)
    #expect(recognised[0].words.allSatisfy { $0.start > 1.7 && $0.start < 4 })
    #expect(recognised[1].words.allSatisfy { $0.start > 4.7 })
  }

  /// Words of an unfinished utterance have their final times.
  @Test func partialResultsHaveWordsWithTimesFromTheStart() throws {
    let partials = try Self.events(Self.twice).compactMap { event -> Transcript? in
      if case .partial(let transcript) = event { transcript } else { nil }
    }
    let last = try #require(partials.last)
    #expect(!last.words.isEmpty)
    #expect(last.words.allSatisfy { $0.start > 4.7 })
  }

  @Test func throughASchedulerTheSameIsRecognised() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    var listener = try ScheduledListener(scheduler)
    var events: [UtteranceListener.Event] = []
    for start in stride(from: 0, to: Self.twice.count, by: 1600) {
      events += try await listener.feed(Array(Self.twice[start...].prefix(1600)))
    }
    events += try await listener.finish()
    let alone = try Self.events(Self.twice)
    #expect(Self.utterances(events) == Self.utterances(alone))
    #expect(events.filter { $0 == .dismissed } == alone.filter { $0 == .dismissed })
    // A stream that is dropped is forgotten a moment later.
    for _ in 0..<5000 where await scheduler.streamCount > 0 {
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(await scheduler.streamCount == 0)
  }

  @Test func partialResultsComeBeforeTheUtterance() throws {
    let events = try Self.events(Self.twice)
    guard case .partial = events.first else {
      Issue.record("\(events)")
      return
    }
  }

  @Test func anUtteranceIsRecognisedAsItsSamplesAre() throws {
    // All of it, since it starts with speech and is cut off before the pause is long enough.
    let samples = SyntheticVoice.speech(seconds: 1) + SyntheticVoice.silence(seconds: 0.2)
    let stream = try RecognizerTests.recognizer().makeStream()
    try stream.feed(samples)
    let whole = try stream.finish()
    #expect(Self.utterances(try Self.events(samples)) == whole)
    #expect(Self.utterances(try Self.events(samples, findsSpeech: false)) == whole)
  }

  @Test(arguments: [1, 321, 100_000]) func piecesOfAnySizeGiveTheSameUtterances(length: Int) throws
  {
    let samples = Array(Self.twice.prefix(64_000))
    let pieces = Self.utterances(try Self.events(samples, pieceLength: length))
    let whole = Self.utterances(try Self.events(samples))
    // Probabilities are sums in another order, and equal but for their last digits.
    #expect(pieces.map(\.text) == whole.map(\.text))
    #expect(pieces.map(\.tokens) == whole.map(\.tokens))
  }

  @Test func integersAreRecognisedAsNumbersAre() throws {
    let integers = Self.twice.map { Int16($0 * 32767) }
    var listener = try UtteranceListener(RecognizerTests.recognizer())
    let recognised = try listener.feed(int16: integers) + listener.finish()
    #expect(
      Self.utterances(recognised)
        == Self.utterances(try Self.events(integers.map { Float($0) / 32768 })))
  }
}
