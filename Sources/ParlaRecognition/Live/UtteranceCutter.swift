import ParlaAudio
import ParlaTranscripts

/// Cuts sound that does not end into utterances: when a stream begins and ends, and what it is fed.
struct UtteranceCutter: Sendable {
  /// An action of the cutter.
  enum Cut: Sendable {
    /// Begin a stream; where it starts in the sound, in frames.
    case begin(frame: Int)
    /// Feed it.
    case sound([Float])
    /// End it.
    case end
    /// Forget it: it was no speech.
    case dismiss
  }

  private let sampleRate: Int
  private let recognizer: Recognizer
  private let findsSpeech: Bool
  private let blockLength: Int
  private var detector: VoiceActivityDetector

  /// Samples that fill no block: an utterance ends with a block, wherever the caller cut the sound.
  private var pending: [Float] = []
  private var isOpen = false
  /// The last samples, in case they turn out to be the start of an utterance.
  private var recent: [Float] = []
  private var sampleCount = 0

  /// Without `findsSpeech`, all is one utterance.
  init(_ recognizer: Recognizer, findsSpeech: Bool) {
    sampleRate = recognizer.sampleRate
    self.recognizer = recognizer
    self.findsSpeech = findsSpeech
    blockLength = max(1, sampleRate / 50)
    detector = VoiceActivityDetector(sampleRate: sampleRate)
  }

  /// Takes the next samples; what is to be done with each block of them.
  mutating func feed(_ samples: [Float]) -> [[Cut]] {
    pending += samples
    var blocks: [[Cut]] = []
    var start = 0
    while pending.count - start >= blockLength {
      blocks.append(take(Array(pending[start..<start + blockLength])))
      start += blockLength
    }
    pending.removeFirst(start)
    return blocks
  }

  /// Takes the end.
  mutating func finish() -> [[Cut]] {
    var blocks = pending.isEmpty ? [] : [take(pending)]
    pending = []
    if findsSpeech {
      blocks.append(detector.finish().flatMap { react(to: $0) })
    } else if isOpen {
      isOpen = false
      blocks.append([.end])
    }
    return blocks
  }

  private mutating func take(_ block: [Float]) -> [Cut] {
    guard findsSpeech else {
      defer { isOpen = true }
      return isOpen ? [.sound(block)] : [.begin(frame: 0), .sound(block)]
    }
    sampleCount += block.count
    recent += block
    var cuts: [Cut] = isOpen ? [.sound(block)] : []
    for event in detector.feed(block) { cuts += react(to: event) }
    // What a detector calls the beginning is at most 0.3 s old.
    recent.removeFirst(max(0, recent.count - sampleRate / 2))
    return cuts
  }

  private mutating func react(to event: VoiceActivityDetector.Event) -> [Cut] {
    switch event {
    case .began(let sample):
      let first = max(sample, sampleCount - recent.count)
      isOpen = true
      return [
        .begin(frame: recognizer.frame(ofSample: first)),
        .sound(Array(recent.suffix(sampleCount - first))),
      ]
    case .ended:
      defer { isOpen = false }
      return isOpen ? [.end] : []
    case .dismissed:
      isOpen = false
      return [.dismiss]
    }
  }
}

/// The events of an utterance.
struct UtteranceText: Sendable {
  private let startFrame: Int
  private let secondsPerFrame: Double
  private var last = ""

  init(startFrame: Int, _ recognizer: Recognizer) {
    self.startFrame = startFrame
    secondsPerFrame = recognizer.secondsPerFrame
  }

  /// What it sounds like so far, if that is something new.
  mutating func partial(_ best: Transcript?) -> UtteranceListener.Event? {
    guard let best, best.text != last else { return nil }
    last = best.text
    return .partial(placed([best]) ?? best)
  }

  /// What it was.
  func whole(_ candidates: [Transcript]) -> UtteranceListener.Event {
    guard let transcript = placed(candidates), !transcript.text.isEmpty else { return .dismissed }
    return .utterance(transcript)
  }

  /// The best of them, with times from the sound's start.
  private func placed(_ candidates: [Transcript]) -> Transcript? {
    let piece = Transcript.Piece(candidates: candidates, startFrame: startFrame)
    return Transcript.joining([piece], spaceLabel: nil, secondsPerFrame: secondsPerFrame).first
  }
}
