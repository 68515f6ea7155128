import Foundation
import ParlaRecognition

/// Many streams in real time: each gets 20 ms of sound every 20 ms, and is asked for its text as soon as there is more.
struct LiveStreams {
  let group: StreamGroup
  let streams: [RecognitionStream]
  let samples: [Float]
  let rate: Int

  init(_ recognizer: Recognizer, _ samples: [Float], count: Int) throws {
    let group = StreamGroup(recognizer)
    streams = try (0..<count).map { _ in try group.makeStream() }
    self.group = group
    self.samples = samples
    rate = recognizer.sampleRate
  }

  /// Prints how long after their sound texts came, and how much of the processors was needed.
  func run(seconds: Int) throws {
    var latencies: [Double] = []
    var decoded = streams.map(\.decodedFrameCount)
    let piece = rate / 50
    let clock = Clock()
    for tick in 0..<seconds * 50 {
      let due = Double(tick + 1) / 50
      if clock.wall < due { Thread.sleep(forTimeInterval: due - clock.wall) }
      // Everyone says something else, and began at another time.
      for (number, stream) in streams.enumerated() where tick >= number % 16 {
        let start = tick * piece + number * 4001
        try stream.feed((start..<start + piece).map { samples[$0 % samples.count] })
      }
      group.advance()
      for (number, stream) in streams.enumerated() where stream.decodedFrameCount > decoded[number]
      {
        decoded[number] = stream.decodedFrameCount
        _ = stream.intermediate()
        latencies.append(clock.wall - due)
      }
    }
    guard !latencies.isEmpty else { return }
    latencies.sort()
    print("streams", streams.count)
    print("latency median", latencies[latencies.count / 2] * 1000)
    print("latency worst", (latencies.last ?? 0) * 1000)
    print("processors", clock.processor / clock.wall)
  }
}
