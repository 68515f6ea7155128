import Foundation
import ParlaAudio
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct StreamSchedulerTests {
  /// What a caller says, and how.
  struct Call: Sendable {
    let sound: [Float]
    let options: RecognitionOptions
    let seed: UInt64
    let isInt16: Bool

    init(number: Int, seed: UInt64, seconds: ClosedRange<Double> = 0.01...0.6) {
      var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
      let noise = RecognizerTests.noise(
        seconds: Double.random(in: seconds, using: &random), sampleRate: 16000,
        seed: random.next())
      // Multiples of 1/32768, so that both forms are the same sound.
      sound = noise.samples.map { ($0 * 32768).rounded() / 32768 }
      options = RecognitionOptions(
        decoder: number % 2 == 0 ? BeamSearchDecoder(beamWidth: 8) : nil,
        framesPerStep: Int.random(in: 1...9, using: &random))
      isInt16 = number % 3 == 0
      self.seed = random.next()
    }

    /// The text of the call alone.
    func alone(_ recognizer: Recognizer) throws -> [Transcript] {
      let stream = try recognizer.makeStream(options: options)
      try stream.feed(sound)
      return try stream.finish(count: 3)
    }

    /// Begins, speaks, pauses, continues and ends at random.
    func speak(to scheduler: StreamScheduler) async throws -> [Transcript] {
      var random = SeededGenerator(seed: seed)
      for _ in 0..<Int.random(in: 0..<40, using: &random) { await Task.yield() }
      let stream = try await scheduler.makeStream(options: options)
      var rest = sound[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 0...4000, using: &random))
        rest = rest.dropFirst(piece.count)
        if isInt16 {
          try await stream.feed(int16: piece.map { Int16($0 * 32768) })
        } else {
          try await stream.feed(Array(piece))
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: for _ in 0..<Int.random(in: 0..<100, using: &random) { await Task.yield() }
        case 1: _ = try await stream.intermediate()
        default: break
        }
      }
      return try await stream.finish(count: 3)
    }
  }

  /// Sixty-four callers come, speak, are asked and go as they like, with three files in between.
  @Test(arguments: WeightPrecision.allCases) func everybodyIsRecognisedAsAlone(
    precision: WeightPrecision
  ) async throws {
    let recognizer = try RecognizerTests.recognizer(precision: precision, threadCount: 2)
    let calls = (0..<64).map { Call(number: $0, seed: 1) }
    try await withTemporaryFolderAsync { folder in
      let paths = (0..<3).map { "\(folder)/\($0).wav" }
      for (number, path) in paths.enumerated() {
        let pause = SyntheticVoice.silence(seconds: 2)
        let speech = SyntheticVoice.speech(seconds: 1 + Double(number))
        try AudioFile.write(
          Waveform(samples: speech + pause + speech, sampleRate: 16000), to: path)
      }
      let scheduler = StreamScheduler(recognizer)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for call in calls {
          group.addTask {
            let found = try await call.speak(to: scheduler)
            #expect(try found == call.alone(recognizer))
          }
        }
        for path in paths {
          group.addTask {
            let alone = try RecordingTranscriber(recognizer).transcribe(file: path)
            let found = try await scheduler.transcribe(file: path)
            #expect(found == alone)
            #expect(!alone.transcript.text.isEmpty)
          }
        }
        try await group.waitForAll()
      }
      #expect(await scheduler.streamCount == 0)
      #expect(await scheduler.recordingCount == 0)
    }
  }

  @Test func aWaveformInMemoryIsRecognisedAsItsFileIs() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let noise = RecognizerTests.noise(seconds: 1, sampleRate: 44100)
    let scheduler = StreamScheduler(recognizer)
    let found = try await scheduler.transcripts(of: noise)
    #expect(try found == RecordingTranscriber(recognizer).transcripts(of: noise))
    await #expect(throws: AudioError.self) { try await scheduler.transcribe(file: "/none.wav") }
  }

  @Test func theLastEventIsFinal() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let stream = try await StreamScheduler(recognizer).makeStream()
    let events = stream.events
    let reader = Task {
      var all: [RecognitionResult] = []
      for await event in events { all.append(event) }
      return all
    }
    for start in stride(from: 0, to: RecognitionStreamTests.sound.count, by: 4000) {
      try await stream.feed(Array(RecognitionStreamTests.sound[start...].prefix(4000)))
      try await stream.settle()
      await Task.yield()
    }
    let final = try await stream.finish()
    let told = await reader.value
    #expect(told.last?.transcript == final[0])
    #expect(told.last?.isFinal == true)
    #expect(told.dropLast().allSatisfy { !$0.isFinal })
    let texts = told.dropLast().map(\.transcript.text)
    #expect(zip(texts, texts.dropFirst()).allSatisfy { $0 != $1 })
  }

  @Test func whatCannotBeRecognisedIsRefused() async throws {
    let stream = try await StreamScheduler(RecognizerTests.recognizer()).makeStream()
    try await stream.feed([0, 0])
    await #expect(throws: RecognitionError.notANumber(sampleIndex: 3)) {
      try await stream.feed([0, .nan])
    }
    _ = try await stream.finish()
    await #expect(throws: RecognitionError.finished) { try await stream.feed(int16: [1]) }
    await #expect(throws: RecognitionError.finished) { try await stream.finish() }
  }
}

// MARK: - Recordings in memory

extension StreamSchedulerTests {
  /// Three stretches of speech with silence between them.
  static let speech =
    SyntheticVoice.speech(seconds: 3) + SyntheticVoice.silence(seconds: 2)
    + SyntheticVoice.speech(seconds: 4) + SyntheticVoice.silence(seconds: 2)
    + SyntheticVoice.speech(seconds: 2)

  @Test func bytesInMemoryAreReadAsTheirFileIs() async throws {
    let recognizer = try RecognizerTests.recognizer(threadCount: 2)
    try await withTemporaryFolderAsync { folder in
      let path = "\(folder)/a.flac"
      try AudioFile.write(Waveform(samples: Self.speech, sampleRate: 16000), to: path)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let alone = try RecordingTranscriber(recognizer).transcribe(file: path)
      let pieces = Mutex<[Transcript]>([])
      let found = try await StreamScheduler(recognizer).transcribe(
        .encoded(bytes, name: "a.flac")
      ) { piece in pieces.withLock { $0.append(piece) } }
      #expect(found.file == "a.flac")
      #expect(found.transcript == alone.transcript)
      #expect(found.duration == alone.duration)
      let told = pieces.withLock { $0 }
      #expect(!told.isEmpty)
      #expect(told.flatMap(\.words) == alone.transcript.words)
    }
  }

  @Test func eachHasADecoderOfItsOwn() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let sound = Waveform(samples: Self.speech, sampleRate: 16000)
    var settings = DecoderSettings()
    settings.hotWords = ["ab": 9]
    var options = TranscriptionOptions(recognizer)
    options.decoder = try recognizer.decoder(settings).search
    options.leavesOutSilence = false
    let scheduler = StreamScheduler(recognizer)
    let boosted = try await scheduler.transcribe(.waveform(sound), options: options)
    var other = recognizer
    other.decoder = options.decoder
    let alone = try RecordingTranscriber(other, leavesOutSilence: false).transcribe(
      .waveform(sound))
    #expect(boosted == alone)
    let plain = try await scheduler.transcripts(of: sound)
    #expect(plain.first?.text != boosted.transcript.text)
  }
}

// MARK: - Limits and reports

extension StreamSchedulerTests {
  @Test func moreStreamsThanAllowedAreRefused() async throws {
    let scheduler = StreamScheduler(
      try RecognizerTests.recognizer(), limits: SchedulerLimits(streams: 1))
    let stream = try await scheduler.makeStream()
    await #expect(throws: RecognitionError.tooManyStreams(limit: 1)) {
      try await scheduler.makeStream()
    }
    _ = try await stream.finish()
    _ = try await scheduler.makeStream()
  }

  @Test func moreRecordingsThanAllowedAreRefusedAndTheOthersWaitInLine() async throws {
    let recognizer = try RecognizerTests.recognizer()
    let scheduler = StreamScheduler(recognizer, limits: SchedulerLimits(recordings: 12))
    let short = Waveform(samples: SyntheticVoice.speech(seconds: 1), sampleRate: 16000)
    let long = RecognizerTests.noise(seconds: 60, sampleRate: 16000)
    let blocker = Task { try await scheduler.transcripts(of: long) }
    #expect(await Self.comesTrue { await scheduler.recordingCount == 1 })
    let others = (0..<11).map { _ in Task { try await scheduler.transcripts(of: short) } }
    #expect(await Self.comesTrue { await scheduler.recordingCount == 12 })
    await #expect(throws: RecognitionError.tooManyRecordings(limit: 12)) {
      try await scheduler.transcripts(of: short)
    }
    let alone = try RecordingTranscriber(recognizer).transcripts(of: short)
    for other in others { #expect(try await other.value == alone) }
    blocker.cancel()
    _ = await blocker.result
    #expect(await scheduler.recordingCount == 0)
  }

  @Test func eachTurnIsReported() async throws {
    let reports = Mutex<[TurnReport]>([])
    let recognizer = try RecognizerTests.recognizer()
    let scheduler = StreamScheduler(recognizer) { report in reports.withLock { $0.append(report) } }
    let stream = try await scheduler.makeStream()
    try await stream.feed([Float](repeating: 0.01, count: 16000))
    _ = try await stream.finish()
    _ = try await scheduler.transcripts(of: Waveform(samples: Self.speech, sampleRate: 16000))
    let told = reports.withLock { $0 }
    #expect(told.filter { $0.streamCount == 1 }.reduce(0) { $0 + $1.frameCount } == 50)
    #expect(told.contains { $0.pieceCount > 0 && $0.openRecordingCount == 1 })
    #expect(told.allSatisfy { $0.seconds > 0 && $0.secondsWaiting <= 1 })
  }
}

// MARK: - Fair turns

extension StreamSchedulerTests {
  @Test func aLongRecordingKeepsNobodyWaiting() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let stream = try await scheduler.makeStream()
    try await stream.feed(RecognizerTests.noise(seconds: 1, sampleRate: 16000).samples)
    let long = RecognizerTests.noise(seconds: 60, sampleRate: 16000)
    let recording = Task { try await scheduler.transcripts(of: long) }
    while await scheduler.recordingCount == 0 { await Task.yield() }
    let found = try await stream.finish()
    #expect(!found[0].text.isEmpty)
    #expect(await scheduler.recordingCount == 1)
    recording.cancel()
  }

  @Test func aFloodOfLiveSoundKeepsNoRecordingWaiting() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let stream = try await scheduler.makeStream()
    let second = RecognizerTests.noise(seconds: 1, sampleRate: 16000).samples
    let short = Waveform(samples: second + second, sampleRate: 16000)
    let recording = Task { try await scheduler.transcripts(of: short) }
    while await scheduler.recordingCount == 0 { await Task.yield() }
    var fed = 0
    while await scheduler.recordingCount > 0, fed < 300 {
      try await stream.feed(second)
      fed += 1
    }
    #expect(fed < 300)
    let found = try await recording.value
    #expect(!found.isEmpty)
  }
}

// MARK: - Cancellation

extension StreamSchedulerTests {
  /// A stretch that is not kept.
  final class Forgettable: Sendable {
    private struct Reference { weak var stretch: Stretch? }
    private let reference = Mutex(Reference())
    func set(_ stretch: Stretch) { reference.withLock { $0.stretch = stretch } }
    var isForgotten: Bool { reference.withLock { $0.stretch == nil } }
  }

  /// Lets other tasks run until `condition` holds; false if it never does.
  static func comesTrue(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<100_000 {
      if await condition() { return true }
      await Task.yield()
    }
    return false
  }

  @Test func aStreamIsForgottenWhenWhoeverReadsOrFeedsItIsCancelled() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let second = RecognizerTests.noise(seconds: 1, sampleRate: 16000).samples
    let stretch = Forgettable()
    let reader = Task {
      let stream = try await scheduler.makeStream()
      stretch.set(stream.stretch)
      try await stream.feed(second)
      for await _ in stream.events {}
    }
    #expect(await Self.comesTrue { await scheduler.streamCount == 1 })
    reader.cancel()
    _ = await reader.result
    #expect(await Self.comesTrue { await scheduler.streamCount == 0 })
    #expect(await Self.comesTrue { stretch.isForgotten })

    let feeder = Task {
      let stream = try await scheduler.makeStream()
      while true { try await stream.feed(second) }
    }
    #expect(await Self.comesTrue { await scheduler.streamCount == 1 })
    feeder.cancel()
    await #expect(throws: CancellationError.self) { try await feeder.value }
    #expect(await Self.comesTrue { await scheduler.streamCount == 0 })
  }

  @Test func aStreamThatNobodyHoldsIsForgotten() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let stretch = Forgettable()
    do {
      let stream = try await scheduler.makeStream()
      stretch.set(stream.stretch)
      try await stream.feed([Float](repeating: 0, count: 9000))
    }
    #expect(await Self.comesTrue { await scheduler.streamCount == 0 })
    #expect(await Self.comesTrue { stretch.isForgotten })
  }

  @Test func waitingForACancelledStreamThrows() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let stream = try await scheduler.makeStream()
    stream.cancel()
    for await event in stream.events { Issue.record("\(event)") }
    await #expect(throws: CancellationError.self) { try await stream.feed([0]) }
    await #expect(throws: CancellationError.self) { try await stream.finish() }
  }

  @Test func aCancelledRecordingIsForgotten() async throws {
    let scheduler = StreamScheduler(try RecognizerTests.recognizer())
    let long = RecognizerTests.noise(seconds: 60, sampleRate: 16000)
    let recording = Task { try await scheduler.transcripts(of: long) }
    #expect(await Self.comesTrue { await scheduler.recordingCount == 1 })
    recording.cancel()
    await #expect(throws: CancellationError.self) { try await recording.value }
    #expect(await scheduler.recordingCount == 0)
  }
}
