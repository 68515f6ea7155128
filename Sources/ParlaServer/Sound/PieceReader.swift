import Dispatch
import ParlaAudio
import ParlaRecognition
import Synchronization

/// Cuts a sound file at its silences while it is read, away from the threads that answer requests.
final class PieceReader: Sendable {
  /// What is recognised by itself.
  struct Piece: Sendable {
    let sound: Waveform
    let startFrame: Int
  }

  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "parla.sound")

  /// Opens the file at `path`, of which at most `longestSeconds` are read.
  ///
  /// - Throws: `AudioError`.
  init(_ path: String, _ recognizer: Recognizer, longestSeconds: Int) throws(AudioError) {
    state = Mutex(try State(path, recognizer, longestSeconds: longestSeconds))
  }

  /// How long what was read is, in seconds.
  var duration: Double { state.withLock { $0.reader.duration } }

  /// The next piece; nil after the last.
  ///
  /// - Throws: `AudioError`, `RequestFailure` for what is too long, `CancellationError`.
  func next() async throws -> Piece? {
    try Task.checkCancellation()
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { [self] in
        continuation.resume(with: Result { try state.withLock { try $0.next() } })
      }
    }
  }

  private struct State: ~Copyable {
    var reader: SoundReader
    private var finder: SpeechPieceFinder
    private let rate: Int
    private let step: Int
    private let longestSeconds: Int
    private var kept: [Float] = []
    private var keptStart = 0
    private var ready: [Piece] = []
    private var isOver = false

    init(_ path: String, _ recognizer: Recognizer, longestSeconds: Int) throws(AudioError) {
      reader = try SoundReader(path, sampleRate: recognizer.sampleRate)
      rate = recognizer.sampleRate
      step = max(1, Int((recognizer.secondsPerFrame * Double(rate)).rounded()))
      self.longestSeconds = longestSeconds
      finder = SpeechPieceFinder(
        sampleRate: rate, alignment: step, findsSpeech: recognizer.leavesOutSilence)
    }

    mutating func next() throws -> Piece? {
      while ready.isEmpty, !isOver {
        guard let samples = try reader.next() else {
          isOver = true
          for range in finder.finish() { take(range) }
          break
        }
        // Sixteen bits, as all recordings are recognised.
        kept += samples.lazy.map { Float(SixteenBits.integer($0)) / 32768 }
        guard reader.duration <= Double(longestSeconds) else {
          throw RequestFailure(
            status: 413,
            message:
              "The file lasts longer than \(longestSeconds) seconds, the server's limit. Cut it.",
            type: "content_too_large", param: "file")
        }
        for range in finder.feed(samples) { take(range) }
        drop()
      }
      return ready.isEmpty ? nil : ready.removeFirst()
    }

    private mutating func take(_ range: Range<Int>) {
      let samples = Array(kept[range.lowerBound - keptStart..<range.upperBound - keptStart])
      let sound = Waveform(samples: samples, sampleRate: rate)
      ready.append(Piece(sound: sound, startFrame: range.lowerBound / step))
    }

    private mutating func drop() {
      let needed = max(keptStart, finder.firstNeeded)
      guard needed - keptStart > 1 << 16 else { return }
      kept.removeFirst(needed - keptStart)
      keptStart = needed
    }
  }
}
