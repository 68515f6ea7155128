package import ParlaFiles
import ParlaPlatform

/// Reads sound files of any usual format, and writes WAV and FLAC.
///
/// Read are all formats of libsndfile (WAV, FLAC, Ogg Vorbis and Opus, MP3, AIFF, AU, CAF, NIST SPHERE, with PCM, u-law,
/// A-law and ADPCM samples), Opus in WebM, Matroska and MP4, and, by the file extension `.g722`, raw G.722 of 64 kbit/s.
/// Paths may be addresses of parts of files, see ``SoundAddress``.
public enum AudioFile {
  /// A file's properties, read without its samples.
  public struct Information: Sendable, Equatable {
    /// Samples a second of each channel, in hertz.
    public let sampleRate: Int

    /// The number of channels.
    public let channelCount: Int

    /// How many samples each channel has.
    public let sampleCount: Int

    /// Length in seconds.
    public var duration: Double { Double(sampleCount) / Double(sampleRate) }
  }

  /// Reads the file at `path` as one channel, the mean of the file's channels, at `sampleRate` or its own rate.
  ///
  /// 16-bit samples are divided by 32768; what overshoots [-1, 1] in floating-point and lossy formats is clipped. ``SoundReader``
  /// reads the same piece by piece.
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`, `.notAudio`, `.truncated`, `.notFinite`, `.impossibleRate`.
  public static func read(
    _ path: String, sampleRate: Int? = nil
  ) throws(AudioError) -> Waveform {
    var reader = try SoundReader(path, sampleRate: sampleRate)
    return try reader.rest()
  }

  /// Reads the `bytes` of a sound file as the file is read; `name` is used in errors, and its extension identifies formats without a
  /// header.
  ///
  /// - Throws: `AudioError.empty`, `.notAudio`, `.truncated`, `.notFinite`, `.impossibleRate`, `.unreadable`.
  public static func read(
    bytes: [UInt8], name: String = "sound in memory", sampleRate: Int? = nil
  ) throws(AudioError) -> Waveform {
    var reader = try SoundReader(bytes: bytes, name: name, sampleRate: sampleRate)
    return try reader.rest()
  }

  /// Reads the header of the file at `path`: its rate, channels and length.
  ///
  /// Only a file whose header does not contain its length is decoded.
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`, `.notAudio`, `.truncated`, `.impossibleRate`, `.outside`,
  ///   `.noChannel`.
  public static func information(_ path: String) throws(AudioError) -> Information {
    let address = SoundAddress(path)
    let whole = try information(of: SourceFile(address))
    if let channel = address.channel, channel >= whole.channelCount {
      throw .noChannel(path: path, channel: channel, count: whole.channelCount)
    }
    guard let seconds = address.seconds else { return whole }
    let (start, end) = (seconds.lowerBound, min(seconds.upperBound, whole.duration))
    guard start < end, !address.overshoots(whole.duration) else {
      throw .outside(path: path, duration: whole.duration)
    }
    let rate = Double(whole.sampleRate)
    return Information(
      sampleRate: whole.sampleRate, channelCount: whole.channelCount,
      sampleCount: Int((end * rate).rounded()) - Int((start * rate).rounded()))
  }

  private static func information(of source: SourceFile) throws(AudioError) -> Information {
    if isG722(source.formatName) {
      return Information(
        sampleRate: G722Decoder.sampleRate, channelCount: 1, sampleCount: 2 * source.byteCount)
    }
    if let packets = try OpusPacketFile.open(source) {
      return Information(
        sampleRate: packets.sampleRate, channelCount: packets.channelCount,
        sampleCount: packets.sampleCount)
    }
    if var opus = try OpusFile.open(source) {
      var count = 0
      while case let samples = try opus.next(), !samples.isEmpty { count += samples.count }
      return Information(
        sampleRate: OpusPacketDecoder.sampleRate, channelCount: 1, sampleCount: count)
    }
    var first: (rate: Int, channelCount: Int)?
    var sampleCount = 0
    for part in try SoundPart.parts(of: source) {
      var file = try SoundFile.open(part)
      let (rate, channelCount) = first ?? (file.sampleRate, file.channelCount)
      first = (rate, channelCount)
      let count = if let promised = file.promisedSampleCount { promised } else { try file.count() }
      sampleCount += count * rate / file.sampleRate
    }
    guard let first, sampleCount > 0 else { throw .empty(path: source.path) }
    return Information(
      sampleRate: first.rate, channelCount: first.channelCount, sampleCount: sampleCount)
  }

  /// Writes `waveform` with 16-bit samples to `path`, as WAV or FLAC by the file extension.
  ///
  /// The file appears whole or not at all. Samples outside [-1, 1] are clipped.
  /// - Throws: `AudioError.unknownOutputFormat`, `.notFinite`, `.unwritable`.
  public static func write(_ waveform: Waveform, to path: String) throws(AudioError) {
    try write(waveform, to: path, calls: .system)
  }

  /// Writes as the other function does; with `calls` of ``FileCalls/unsynchronized`` many files are written without waiting for the disk
  /// each time.
  package static func write(
    _ waveform: Waveform, to path: String, calls: FileCalls
  ) throws(AudioError) {
    let fileExtension = path.fileExtension.lowercased()
    guard let format = SoundFile.OutputFormat(rawValue: fileExtension) else {
      throw .unknownOutputFormat(path: path, fileExtension: fileExtension)
    }
    if let index = waveform.samples.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(path: path, sampleIndex: index)
    }
    do {
      let content = try SoundFile.content(of: waveform, as: format)
      try AtomicFile.write(Data(content), to: path, calls: calls)
    } catch FileError.unwritable(_, let reason) {
      throw .unwritable(path: path, reason: reason)
    } catch AudioError.unwritable(_, let reason) {
      throw .unwritable(path: path, reason: reason)
    } catch {
      throw .unwritable(path: path, reason: systemReason(error))
    }
  }

  static func isG722(_ name: String) -> Bool {
    name.fileExtension.lowercased() == "g722"
  }
}

extension SoundReader {
  /// All that was not read yet.
  fileprivate mutating func rest() throws(AudioError) -> Waveform {
    var samples: [Float] = []
    while let piece = try next() { samples += piece }
    return Waveform(samples: samples, sampleRate: sampleRate)
  }
}
