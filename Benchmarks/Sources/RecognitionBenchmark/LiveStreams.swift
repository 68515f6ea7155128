import Foundation
import ParlaRecognition

/// Many streams in real time: each gets 20 ms of sound every 20 ms, and its text is awaited as soon as there is more.
struct LiveStreams {
  let scheduler: StreamScheduler
  let streams: [ScheduledStream]
  let samples: [Float]
  let rate: Int

  init(_ recognizer: Recognizer, _ samples: [Float], count: Int) async throws {
    scheduler = StreamScheduler(recognizer)
    var streams: [ScheduledStream] = []
    let options = RecognitionOptions(decoder: nil)
    for _ in 0..<count { streams.append(try await scheduler.makeStream(options: options)) }
    self.streams = streams
    self.samples = samples
    rate = recognizer.sampleRate
  }

  /// Prints how long after their sound texts came, and how much of the processors was needed.
  func run(seconds: Int) async throws {
    let piece = rate / 50
    let clock = Clock()
    let sorted = try await withThrowingTaskGroup(of: Double.self) { group in
      for tick in 0..<seconds * 50 {
        var due = Double(tick + 1) / 50
        if clock.wall < due {
          try await Task.sleep(for: .seconds(due - clock.wall))
          // A task that sleeps is woken late, by a sixth of a millisecond and more: the sound comes then.
          due = clock.wall
        }
        let start = due
        // Everyone says something else, and began at another time.
        for (number, stream) in streams.enumerated() where tick >= number % 16 {
          let first = tick * piece + number * 4001
          try await stream.feed((first..<first + piece).map { samples[$0 % samples.count] })
          // Steps of 8 frames, each of which waits for the nine after it and for the rest of its window.
          let frames = tick - number % 16 - 9
          guard frames > 0, frames.isMultiple(of: 8) else { continue }
          group.addTask {
            try await stream.settle()
            return clock.wall - start
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
    guard !sorted.isEmpty else { return }
    print("streams", streams.count)
    print("latency median", sorted[sorted.count / 2] * 1000)
    print("latency p95", sorted[sorted.count * 95 / 100] * 1000)
    print("latency worst", (sorted.last ?? 0) * 1000)
    print("processors", clock.processor / clock.wall)
  }
}
