/// Reads 16-bit samples from bytes that arrive piece by piece, raw or as a WAV.
///
/// Recorders write a WAV header before they know the length, so the lengths in it are ignored:
/// the sound lasts as long as bytes arrive. Samples are little-endian; several channels are averaged.
public struct PCMStream: Sendable {
  /// The source of the bytes, for messages.
  public let source: String

  /// The sample rate in hertz: from the header once it was read, else the assumed one.
  public private(set) var sampleRate: Int

  private var channelCount = 1
  private var bytes: [UInt8] = []
  private var state = State.start
  private var soundByteCount = 0
  private var isOver = false

  private enum State {
    /// The first four bytes identify the format.
    case start
    /// Chunks of a WAV until the samples.
    case header(hasFormat: Bool)
    /// Unused bytes of a chunk.
    case skipping(Int, hasFormat: Bool)
    case sound
  }

  /// Expects sound of one channel and of `sampleRate` hertz, unless a header says otherwise.
  public init(source: String, sampleRate: Int) {
    self.source = source
    self.sampleRate = sampleRate
  }

  /// Takes the next bytes and returns the samples, in [-1, 1], that they complete.
  ///
  /// - Throws: `AudioError.unsupportedStream`, `.encodedStream`.
  public mutating func feed(_ next: [UInt8]) throws(AudioError) -> [Float] {
    bytes += next
    while try advance() {}
    guard case .sound = state else { return [] }
    return samples()
  }

  /// Ends the stream and returns the samples that were held back until its format could be identified.
  ///
  /// - Throws: `AudioError.unsupportedStream`, `.encodedStream`.
  public mutating func end() throws(AudioError) -> [Float] {
    isOver = true
    return try feed([])
  }

  /// Ends the sound.
  ///
  /// - Throws: `AudioError.oddByteCount` when half a sample is left, `.unsupportedStream` when the header was not whole.
  public mutating func finish() throws(AudioError) {
    let rest = bytes.count
    bytes = []
    switch state {
    case .sound: break
    case .start where rest == 0: return
    case .start, .header, .skipping:
      throw .unsupportedStream(source: source, found: "a WAV header that breaks off")
    }
    guard rest % 2 == 0 else { throw .oddByteCount(source: source, found: soundByteCount + rest) }
  }

  /// Reads the next part of the header; false when it is over, or more bytes are needed.
  private mutating func advance() throws(AudioError) -> Bool {
    switch state {
    case .sound: return false
    case .start:
      switch StreamKind(bytes, isOver: isOver) {
      case .undecided: return false
      case .encoded(let format): throw .encodedStream(source: source, format: format)
      case .samples:
        state = .sound
        return false
      case .wav: break
      }
      guard bytes.count >= 12 else { return false }
      guard bytes[8..<12].elementsEqual("WAVE".utf8) else {
        throw .unsupportedStream(source: source, found: "a RIFF file without sound")
      }
      bytes.removeFirst(12)
      state = .header(hasFormat: false)
      return true
    case .header(let hasFormat):
      return try readChunk(hasFormat: hasFormat)
    case .skipping(let count, let hasFormat):
      let skipped = min(count, bytes.count)
      bytes.removeFirst(skipped)
      state =
        skipped == count
        ? .header(hasFormat: hasFormat) : .skipping(count - skipped, hasFormat: hasFormat)
      return skipped == count
    }
  }

  private mutating func readChunk(hasFormat: Bool) throws(AudioError) -> Bool {
    guard bytes.count >= 8 else { return false }
    let size = number(at: 4, byteCount: 4)
    if bytes.starts(with: "data".utf8) {
      guard hasFormat else {
        throw .unsupportedStream(source: source, found: "a WAV stream whose samples come first")
      }
      bytes.removeFirst(8)
      state = .sound
      return false
    }
    guard bytes.starts(with: "fmt ".utf8) else {
      bytes.removeFirst(8)
      state = .skipping(size + size % 2, hasFormat: hasFormat)
      return true
    }
    guard bytes.count >= 8 + 16 else { return false }
    try readFormat()
    bytes.removeFirst(8)
    state = .skipping(size + size % 2, hasFormat: true)
    return true
  }

  /// Microsoft's `WAVEFORMATEX`: kind of samples (1 PCM, 0xFFFE the extended form), channels, rate, …, bits.
  private mutating func readFormat() throws(AudioError) {
    let kind = number(at: 8, byteCount: 2)
    let bits = number(at: 22, byteCount: 2)
    let channels = number(at: 10, byteCount: 2)
    let rate = number(at: 12, byteCount: 4)
    guard kind == 1 || kind == 0xFFFE, bits == 16, channels >= 1, Waveform.rates.contains(rate)
    else {
      throw .unsupportedStream(
        source: source,
        found: "\(channels) channels of \(bits) bits at \(rate) Hz in format \(kind)")
    }
    channelCount = channels
    sampleRate = rate
  }

  private func number(at start: Int, byteCount: Int) -> Int {
    (0..<byteCount).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
  }

  /// All whole samples that are there.
  private mutating func samples() -> [Float] {
    let frameCount = bytes.count / (2 * channelCount)
    let samples = (0..<frameCount).map { frame in
      let sum = (0..<channelCount).reduce(0) { sum, channel in
        let place = 2 * (frame * channelCount + channel)
        return sum + Int(Int16(truncatingIfNeeded: number(at: place, byteCount: 2)))
      }
      return Float(sum) / Float(32768 * channelCount)
    }
    let taken = 2 * channelCount * frameCount
    soundByteCount += taken
    bytes.removeFirst(taken)
    return samples
  }
}
