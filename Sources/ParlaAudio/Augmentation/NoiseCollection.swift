import Synchronization

/// Recordings that are mixed into others; decoded once, as far as there is room.
final class NoiseCollection: Sendable {
  private let paths: [String]
  private let kept = Mutex(Kept())

  private struct Kept {
    var sounds: [String: [Float]] = [:]
    var byteCount = 0
  }

  /// Bytes of decoded sound that stay in memory, at most.
  private static let room = 1 << 28

  init(_ paths: [String]) { self.paths = paths }

  /// The recordings one after another, endlessly, from a place that the sample's random numbers choose.
  ///
  /// DeepSpeech takes up where the sample before left off; here a sample sounds the same whatever was computed before it.
  ///
  /// - Throws: `AudioError`, when a recording cannot be read.
  func reel(_ context: inout AugmentationContext) throws(AudioError) -> NoiseReel {
    var reel = NoiseReel(
      self, at: context.random.index(below: paths.count), sampleRate: context.settings.sampleRate)
    try reel.skip(context.random.uniform())
    return reel
  }

  /// The samples of the recording at `index`, counted endlessly.
  fileprivate func samples(_ index: Int, _ sampleRate: Int) throws(AudioError) -> [Float] {
    let path = paths[index % paths.count]
    let key = "\(sampleRate) \(path)"
    if let sound = kept.withLock({ $0.sounds[key] }) { return sound }
    let samples = try AudioFile.read(path, sampleRate: sampleRate).samples
    let size = samples.count * MemoryLayout<Float>.stride
    kept.withLock { kept in
      guard kept.byteCount + size <= Self.room, kept.sounds[key] == nil else { return }
      kept.sounds[key] = samples
      kept.byteCount += size
    }
    return samples
  }
}

/// A place in a collection that moves on.
struct NoiseReel {
  private let collection: NoiseCollection
  private let sampleRate: Int
  private var index: Int
  private var rest: ArraySlice<Float> = []

  /// Starts with the recording at `index`.
  init(_ collection: NoiseCollection, at index: Int, sampleRate: Int) {
    self.collection = collection
    self.index = index
    self.sampleRate = sampleRate
  }

  /// Leaves out the first `share` of the recording to come.
  mutating func skip(_ share: Double) throws(AudioError) {
    try fill()
    rest = rest.dropFirst(Int(Double(rest.count) * share))
  }

  /// Adds what comes next to `samples`, to their end.
  mutating func add(to samples: inout [Float]) throws(AudioError) {
    var position = 0
    while position < samples.count {
      try fill()
      let piece = rest.prefix(samples.count - position)
      for sample in piece {
        samples[position] += sample
        position += 1
      }
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Continues with the next recording where one is at its end.
  private mutating func fill() throws(AudioError) {
    while rest.isEmpty {
      rest = try collection.samples(index, sampleRate)[...]
      index += 1
    }
  }
}
