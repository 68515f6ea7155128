/// Opus in DeepSpeech's sample databases: a header, then frames of 60 ms, each preceded by its length.
///
/// All numbers are big-endian (`training/deepspeech_training/util/audio.py`): bytes of the decoded samples (4), samples per second
/// (4), channels (1), bytes per sample (1); then for each packet its length (2) and its bytes. Samples decoded beyond the
/// declared number are cut off. The format is identified by the file's name, since the content has no signature.
final class OpusPacketFile {
  /// How the names of such files end.
  static let fileExtension = "mozopus"

  /// Samples a second.
  let sampleRate: Int
  /// How many channels there are.
  let channelCount: Int
  /// How many samples each has.
  let sampleCount: Int

  private let source: SourceFile
  private let decoder: OpusFrameDecoder
  private var offset = headerLength
  private var givenCount = 0

  private static let headerLength = 10

  /// Opens a file; nil where it is of another kind.
  ///
  /// - Throws: `AudioError.unreadable`, `.codec`.
  static func open(_ source: SourceFile) throws(AudioError) -> OpusPacketFile? {
    guard source.formatName.hasSuffix(".\(fileExtension)") else { return nil }
    return try OpusPacketFile(source)
  }

  private init(_ source: SourceFile) throws(AudioError) {
    let header = try source.bytes(count: Self.headerLength)
    guard header.count == Self.headerLength else { throw .empty(path: source.path) }
    let byteCount = Self.number(header[0..<4])
    let rate = Self.number(header[4..<8])
    let (channels, width) = (Int(header[8]), Int(header[9]))
    guard OpusCodec.sampleRates.contains(rate), (1...2).contains(channels), width == 2 else {
      throw .unreadable(
        path: source.path,
        reason: "its header gives \(rate) Hz, \(channels) channels and \(width) bytes per sample")
    }
    guard byteCount > 0 else { throw .empty(path: source.path) }
    self.source = source
    sampleRate = rate
    channelCount = channels
    sampleCount = byteCount / (channels * width)
    decoder = try OpusFrameDecoder(sampleRate: rate, channelCount: channels)
  }

  /// The next samples, the mean of the channels; none at the end.
  ///
  /// - Throws: `AudioError.truncated`, `.codec`, `.unreadable`.
  func next() throws(AudioError) -> [Float] {
    guard givenCount < sampleCount else { return [] }
    let length = Self.number(try source.bytes(at: offset, count: 2)[...])
    let packet = try source.bytes(at: offset + 2, count: length)
    guard length > 0, packet.count == length else {
      throw .truncated(path: source.path, found: givenCount, expected: sampleCount)
    }
    offset += 2 + length
    let frame = try decoder.decode(packet, length: OpusCodec.frameLength(sampleRate))
    let count = min(frame.count / channelCount, sampleCount - givenCount)
    givenCount += count
    return (0..<count).map { index in
      let sum = (0..<channelCount).reduce(0) { $0 + Int(frame[index * channelCount + $1]) }
      return Float(sum) / Float(32768 * channelCount)
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The content of such a file with `sound`, which is resampled where Opus does not take its rate.
  ///
  /// - Throws: `AudioError.codec`, `.cannotResample`.
  static func content(of sound: Waveform, bitRate: Int?) throws(AudioError) -> [UInt8] {
    let rates = OpusCodec.sampleRates
    let rate = rates.first { $0 >= sound.sampleRate } ?? rates[rates.count - 1]
    let samples = SixteenBits.integers(try sound.resampled(to: rate).samples)
    var content = bytes(2 * samples.count, count: 4) + bytes(rate, count: 4) + [1, 2]
    for packet in try OpusCodec.packets(samples, sampleRate: rate, bitRate: bitRate) {
      content += bytes(packet.count, count: 2) + packet
    }
    return content
  }

  private static func bytes(_ number: Int, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
  }
}
