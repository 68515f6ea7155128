import Foundation
public import ParlaAudio
import ParlaRecognition

extension SpeechServer {
  /// Finds how many live streams this machine serves in real time with the first of the models of `settings`.
  ///
  /// It serves on a free port of this machine, and clients of its own speak `sound` (without it, something like a voice that says no words).
  /// `report` is called after each trial.
  /// - Returns: The largest number that was served as `StreamTrial.isServed` says.
  /// - Throws: `ServerError`, `AudioError` for sound that cannot be resampled, and what reading the models throws.
  public static func measure(
    _ settings: ServerSettings, sound: Waveform?, mostStreams: Int = 4096,
    report: @escaping @Sendable (StreamTrial) -> Void
  ) async throws -> Int {
    #if Server
      var own = settings
      (own.host, own.port, own.wyomingPort) = ("127.0.0.1", 0, nil)
      (own.tokens, own.certificate, own.corpusFolder) = ([], nil, nil)
      own.limits.streams = mostStreams
      own.limits.connections = mostStreams + 16
      let server = try SpeechServer(own)
      return try await withThrowingTaskGroup(of: Int?.self) { group in
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        group.addTask {
          defer { listening.finish() }
          try await server.run { port, _ in listening.yield(port) }
          return nil
        }
        group.addTask {
          defer { server.stop() }
          for await port in ports {
            return try await server.capacity(port, sound, mostStreams: mostStreams, report)
          }
          return nil
        }
        var best: Int?
        for try await found in group { best = found ?? best }
        return best ?? 0
      }
    #else
      throw ServerError.notBuilt
    #endif
  }

  #if Server
    private func capacity(
      _ port: Int, _ sound: Waveform?, mostStreams: Int,
      _ report: @Sendable (StreamTrial) -> Void
    ) async throws -> Int {
      let rate = site.models.all.first?.recognizer.sampleRate ?? 16000
      let samples = try sound.map { try $0.resampled(to: rate).samples } ?? Self.voice(rate)
      let load = StreamLoad(
        port: port, sound: samples, sampleRate: rate, hasWords: sound != nil)
      var search = CapacitySearch(most: mostStreams)
      while let count = search.next {
        let trial = await load.trial(count)
        if let trial { report(trial) }
        search.note(count, isServed: trial?.isServed ?? false)
      }
      return search.best
    }

    /// Five seconds that a detector takes for speech: harmonics of a falling pitch, louder and fainter four times a second.
    private static func voice(_ rate: Int) -> [Float] {
      var phase = 0.0
      return (0..<5 * rate).map { index in
        let time = Double(index) / Double(rate)
        phase += 2 * .pi * (140 - 10 * time) / Double(rate)
        let harmonics = (1...12).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) }
        return Float(0.2 * harmonics * pow(sin(.pi * 4 * time), 2))
      }
    }
  #endif
}
