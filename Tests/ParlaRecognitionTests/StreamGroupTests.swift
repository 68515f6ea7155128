import ParlaAudio
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTranscripts
import Testing

@Suite struct StreamGroupTests {
  @Test(arguments: WeightPrecision.allCases) func streamsTogetherHearWhatEachHearsAlone(
    precision: WeightPrecision
  ) throws {
    let recognizer = try RecognizerTests.recognizer(precision: precision, threadCount: 2)
    let options = RecognitionOptions(decoder: BeamSearchDecoder(beamWidth: 10))
    let sounds = (0..<5).map { number in
      RecognizerTests.noise(
        seconds: 0.3 + 0.4 * Double(number), sampleRate: 16000, seed: UInt64(number)
      ).samples
    }
    let group = StreamGroup(recognizer)
    let streams = try sounds.map { _ in try group.makeStream(options: options) }
    for start in stride(from: 0, to: 40000, by: 3000) {
      for (stream, sound) in zip(streams, sounds) where start < sound.count {
        try stream.feed(sound[start..<min(start + 3000, sound.count)])
      }
      group.advance()
    }
    for (stream, sound) in zip(streams, sounds) {
      let alone = try recognizer.makeStream(options: options)
      try alone.feed(sound)
      let expected = try alone.finish(count: 3)
      #expect(try stream.finish(count: 3) == expected)
    }
  }

  /// Whoever comes later neither loses what it hears nor disturbs the others, whether it is asked before or after them.
  @Test(arguments: [false, true], WeightPrecision.allCases)
  func streamsThatBeginAtOtherTimesHearWhatEachHearsAlone(
    latecomersAreFirst: Bool, precision: WeightPrecision
  ) throws {
    let recognizer = try RecognizerTests.recognizer(precision: precision)
    let options = RecognitionOptions(decoder: BeamSearchDecoder(beamWidth: 10))
    let sounds = (0..<4).map {
      RecognizerTests.noise(seconds: 1, sampleRate: 16000, seed: UInt64($0)).samples
    }
    let group = StreamGroup(recognizer)
    let streams = try sounds.map { _ in try group.makeStream(options: options) }
    for round in 0..<16 {
      for (number, stream) in streams.enumerated() {
        let delay = 3 * (latecomersAreFirst ? sounds.count - 1 - number : number)
        let start = (round - delay) * 3000
        guard start >= 0, start < sounds[number].count else { continue }
        try stream.feed(sounds[number][start..<min(start + 3000, sounds[number].count)])
      }
      group.advance()
    }
    for (stream, sound) in zip(streams, sounds) {
      let alone = try recognizer.makeStream(options: options)
      try alone.feed(sound)
      let expected = try alone.finish(count: 3)
      #expect(!expected[0].text.isEmpty)
      #expect(try stream.finish(count: 3) == expected)
    }
  }

  /// Callers come, speak, are asked and go as they like.
  @Test(arguments: 1...4) func whateverHappensAStreamHearsWhatItHearsAlone(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let recognizer = try RecognizerTests.recognizer(precision: .int8, threadCount: 2)
    let group = StreamGroup(recognizer)
    var calls: [(stream: RecognitionStream, sound: [Float], fed: Int)] = []
    var finished = 0
    for _ in 0..<150 {
      if calls.count < 6, Int.random(in: 0..<3, using: &random) == 0 {
        let sound = RecognizerTests.noise(
          seconds: Double.random(in: 0.01...1.2, using: &random), sampleRate: 16000,
          seed: random.next())
        let options = RecognitionOptions(
          decoder: nil, framesPerStep: Int.random(in: 1...9, using: &random))
        calls.append((try group.makeStream(options: options), sound.samples, 0))
      }
      for index in calls.indices where Bool.random(using: &random) {
        let end = min(
          calls[index].fed + Int.random(in: 0...5000, using: &random), calls[index].sound.count)
        try calls[index].stream.feed(calls[index].sound[calls[index].fed..<end])
        calls[index].fed = end
      }
      if Bool.random(using: &random) { group.advance() }
      for call in calls where call.fed == call.sound.count {
        #expect(
          try call.stream.finish() == [
            recognizer.transcribe(
              Waveform(samples: call.sound, sampleRate: 16000))
          ])
        finished += 1
      }
      calls.removeAll { $0.fed == $0.sound.count }
    }
    #expect(finished > 10)
  }

  @Test func aStreamInAGroupWaitsForIt() throws {
    let group = StreamGroup(try RecognizerTests.recognizer())
    let stream = try group.makeStream()
    try stream.feed(RecognitionStreamTests.sound)
    #expect(stream.decodedFrameCount == 0)
    group.advance()
    #expect(stream.decodedFrameCount == 104)
  }

  @Test func streamsOfManyTasksShareARecognizer() async throws {
    let recognizer = try RecognizerTests.recognizer(precision: .int8, threadCount: 2)
    let sound = RecognizerTests.noise(seconds: 1, sampleRate: 16000)
    let expected = try recognizer.transcribe(sound)
    try await withThrowingTaskGroup(of: Transcript.self) { tasks in
      for _ in 0..<8 {
        tasks.addTask {
          let stream = try recognizer.makeStream()
          for start in stride(from: 0, to: 16000, by: 1000) {
            try stream.feed(sound.samples[start..<start + 1000])
            _ = stream.intermediate()
          }
          return try stream.finish()[0]
        }
      }
      for try await transcript in tasks { #expect(transcript == expected) }
    }
  }
}
