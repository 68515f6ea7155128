import Foundation
import ParlaModelExchange
import ParlaRecognition

/// The cost of recognition; `recognition-speed` compares it with the official clients.
///
///     recognition-benchmark clip MODEL WAV RUNS BEAM SCORER|-   whole recordings, the network alone, pieces of 20 ms
///     recognition-benchmark streams MODEL WAV COUNT SECONDS     COUNT live streams on two threads, in real time
///     recognition-benchmark hour MODEL WAV MINUTES              one stream, minute by minute
@main struct RecognitionBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 5 else {
      print("usage: see the head of RecognitionBenchmark.swift")
      return
    }
    let start = Clock()
    let precision =
      ProcessInfo.processInfo.environment["PRECISION"].flatMap(WeightPrecision.init) ?? .int8
    let threadCount = arguments[1] == "streams" ? 2 : 1
    let recognizer = try Recognizer(
      modelPath: arguments[2], precision: precision, threadCount: threadCount,
      readers: ModelReader.all)
    print("load", start.processor * 1000)
    let samples = try AudioFile.read(arguments[3]).resampled(to: recognizer.sampleRate).samples
    switch arguments[1] {
    case "clip":
      try clip(
        recognizer, samples, runCount: Int(arguments[4]) ?? 3, beamWidth: Int(arguments[5]) ?? 500,
        scorer: arguments[6])
    case "streams":
      try await LiveStreams(recognizer, samples, count: Int(arguments[4]) ?? 64).run(
        seconds: Int(arguments[5]) ?? 20)
    default: try hour(recognizer, samples, minutes: Int(arguments[4]) ?? 60)
    }
    print("peak", peakMemory())
  }

  /// Prints the least processor seconds of the network and of the whole, and the longest 20 ms of a stream.
  static func clip(
    _ recognizer: Recognizer, _ samples: [Float], runCount: Int, beamWidth: Int, scorer: String
  ) throws {
    let opened = scorer == "-" ? nil : try Scorer(path: scorer, alphabet: recognizer.alphabet)
    let frames = Int(ProcessInfo.processInfo.environment["FRAMES"] ?? "") ?? 8
    let options = RecognitionOptions(
      decoder: BeamSearchDecoder(beamWidth: beamWidth, scorer: opened), framesPerStep: frames)
    var (network, whole, worst) = (Double.infinity, Double.infinity, Double.infinity)
    var text = ""
    for _ in 0..<runCount {
      let greedy = try recognizer.makeStream(
        options: RecognitionOptions(decoder: nil, framesPerStep: frames))
      var clock = Clock()
      try greedy.feed(samples)
      _ = try greedy.finish()
      network = min(network, clock.processor)

      let stream = try recognizer.makeStream(options: options)
      clock = Clock()
      try stream.feed(samples)
      text = try stream.finish()[0].text
      whole = min(whole, clock.processor)

      let live = try recognizer.makeStream(options: options)
      var longest = 0.0
      for start in stride(from: 0, to: samples.count, by: 320) {
        clock = Clock()
        try live.feed(samples[start..<min(start + 320, samples.count)])
        longest = max(longest, clock.processor)
      }
      worst = min(worst, longest)
    }
    print("network", network)
    print("whole", whole)
    print("chunk", worst * 1000)
    print("seconds", Double(samples.count) / Double(recognizer.sampleRate))
    print("text", text.prefix(60))
  }

  /// Feeds the recording again and again, and prints for some minutes what a minute costs and the memory in use.
  static func hour(_ recognizer: Recognizer, _ samples: [Float], minutes: Int) throws {
    let stream = try recognizer.makeStream(
      options: RecognitionOptions(decoder: BeamSearchDecoder(beamWidth: 100)))
    let rate = recognizer.sampleRate
    var position = 0
    for minute in 1...minutes {
      let clock = Clock()
      for _ in 0..<60 * 10 {
        try stream.feed((0..<rate / 10).map { samples[(position + $0) % samples.count] })
        position += rate / 10
      }
      if minute.isMultiple(of: max(1, minutes / 12)) || minute == 1 {
        print("minute", minute, "processor", clock.processor, "memory", memory("VmRSS:"))
      }
    }
    print("words", try stream.finish()[0].words.count)
  }

  static func peakMemory() -> Double { memory("VmHWM:") }

  /// A line of the process's status, in MB.
  static func memory(_ name: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
    let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) }
    return (number ?? 0) / 1024
  }
}

/// Wall and processor time since it was made.
struct Clock: Sendable {
  private let start = DispatchTime.now().uptimeNanoseconds
  private let startProcessor = clock()

  /// Seconds on the wall.
  var wall: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

  /// Seconds of processors.
  var processor: Double { Double(clock() - startProcessor) / Double(CLOCKS_PER_SEC) }
}
