/// An open WebM, Matroska or MP4 file with Opus sound.
struct OpusFile: ~Copyable {
  private let source: SourceFile
  private var decoder: OpusPacketDecoder?
  private var container: Container
  private var offset = 0
  private var sampleCount = 0

  private enum Container {
    case webm(WebMReader)
    /// The positions of the packets, and whether more are expected.
    case mp4([Range<Int>], isCut: Bool)
  }

  /// At 0.12 s in seven bytes, the most that packets can hold, a minute of sound.
  static let blockLength = 1 << 12

  private init(
    _ source: SourceFile, _ container: Container, decoder: consuming OpusPacketDecoder? = nil
  ) {
    self.source = source
    self.container = container
    self.decoder = decoder
  }

  /// Opens a file; nil where it is of another kind.
  ///
  /// - Throws: `AudioError.unreadable` where there is no Opus in it, `.codec`.
  static func open(_ source: SourceFile) throws(AudioError) -> OpusFile? {
    let start = try source.bytes(count: 12)
    if start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      return OpusFile(source, .webm(WebMReader(source: source.path)))
    }
    guard start.count == 12, start[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    let reader = try MP4Reader(source)
    return OpusFile(
      source, .mp4(reader.packets, isCut: reader.isCut),
      decoder: try OpusPacketDecoder(head: reader.head))
  }

  /// The next samples, at 48 kHz; none at the end.
  ///
  /// - Throws: `AudioError.unreadable`, `.codec`, `.empty`; `.truncated` at the end of a file that was cut.
  mutating func next() throws(AudioError) -> [Float] {
    while let packets = try nextPackets() {
      var samples: [Float] = []
      for packet in packets { samples += try decoder?.decode(packet) ?? [] }
      sampleCount += samples.count
      if !samples.isEmpty { return samples }
    }
    guard !isCut else {
      throw .truncated(path: source.path, found: sampleCount, expected: nil)
    }
    guard sampleCount > 0 else { throw .empty(path: source.path) }
    return []
  }

  private var isCut: Bool {
    switch container {
    case .mp4(_, let isCut): isCut
    case .webm(let reader): reader.isCut
    }
  }

  /// Packets, perhaps none; nil at the end.
  private mutating func nextPackets() throws(AudioError) -> [[UInt8]]? {
    switch container {
    case .mp4(let places, _):
      guard offset < places.count else { return nil }
      let range = places[offset]
      offset += 1
      return [try source.bytes(at: range.lowerBound, count: range.count)]
    case .webm(var reader):
      let bytes = try source.bytes(at: offset, count: Self.blockLength)
      guard !bytes.isEmpty else {
        try reader.finish()
        return nil
      }
      offset += bytes.count
      let packets = try reader.feed(bytes)
      if decoder == nil, let head = reader.head { decoder = try OpusPacketDecoder(head: head) }
      container = .webm(reader)
      return packets
    }
  }
}

/// Opus sound in a WebM that arrives in chunks, as from a browser's MediaRecorder.
public final class OpusSource {
  private var reader = WebMReader(source: "the stream")
  private var decoder: Decoder?
  private let target: Int

  /// What owns memory of C libraries.
  private final class Decoder {
    var packets: OpusPacketDecoder
    var resampler: StreamingResampler?

    init(_ head: OpusHead, target: Int) throws(AudioError) {
      packets = try OpusPacketDecoder(head: head)
      if target != OpusPacketDecoder.sampleRate {
        resampler = try StreamingResampler(from: OpusPacketDecoder.sampleRate, to: target)
      }
    }
  }

  /// The output has `target` samples per second.
  public init(target: Int) { self.target = target }

  /// Takes the next bytes and returns the samples, in [-1, 1], that they complete.
  ///
  /// - Throws: `AudioError.unreadable`, `.codec`, `.cannotResample`.
  public func feed(_ bytes: [UInt8]) throws(AudioError) -> [Float] {
    let packets = try reader.feed(bytes)
    if decoder == nil, let head = reader.head { decoder = try Decoder(head, target: target) }
    guard let decoder else { return [] }
    var samples: [Float] = []
    for packet in packets { samples += try decoder.packets.decode(packet) }
    guard decoder.resampler != nil else { return samples }
    return try decoder.resampler?.feed(samples) ?? []
  }

  /// Ends the stream, and returns the last samples.
  ///
  /// - Throws: `AudioError.unreadable` where no Opus came.
  public func finish() throws(AudioError) -> [Float] {
    try reader.finish()
    guard var ended = decoder?.resampler.take() else { return [] }
    return try ended.finish()
  }
}
