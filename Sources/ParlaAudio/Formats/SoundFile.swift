import CAudioFormats
import ParlaFiles
import ParlaPlatform

/// An open part of a file, of one of libsndfile's formats.
@safe struct SoundFile: ~Copyable {
  let sampleRate: Int
  let channelCount: Int
  /// Samples of each channel by the header; nil if it does not say.
  let promisedSampleCount: Int?
  /// Samples of each channel that were read.
  private(set) var readCount = 0

  /// The one channel that is read, from 0; nil for the mean of all.
  var channel: Int?

  private let content: VirtualFile
  private let container: Int32
  private let subtype: Int32
  private let handle: OpaquePointer
  private var block: [Float]

  /// What overshoots full scale in a mixture, or after a lossy codec, stays far below.
  private static let largestSample: Float = 64

  /// At most this many samples of each channel are read at once.
  private static let blockLength = 4096

  /// Opens a part of a file and compares its length with what its header promises.
  ///
  /// - Throws: `AudioError.notAudio`, `.damaged`, `.unknownCoding`, `.unreadable`, `.truncated`, `.impossibleRate`.
  static func open(_ part: SoundPart) throws(AudioError) -> SoundFile {
    let content = VirtualFile(part)
    var information = SF_INFO()
    if let raw = Headerless.format(of: part.source.formatName) {
      var marked = SF_INFO()
      if unsafe content.open(&marked).map({ unsafe sf_close($0) }) == nil { information = raw }
    }
    guard let handle = unsafe content.open(&information) else {
      throw try SoundRefusal.reason(of: part)
    }
    if information.format & Int32(SF_FORMAT_SUBMASK) == SF_FORMAT_OPUS {
      unsafe decodeOpusAtItsOwnRate(handle, &information)
    }
    var file = unsafe SoundFile(content: content, information: information, handle: handle)
    guard Waveform.rates.contains(file.sampleRate) else {
      throw .impossibleRate(path: part.source.path, found: file.sampleRate)
    }
    try file.checkLength()
    return file
  }

  /// Opus is decoded at 48 kHz, as in all players (RFC 7845, 5.1): its header gives the rate before encoding, and a decoder
  /// set to that rate fills the upper band differently.
  private static func decodeOpusAtItsOwnRate(
    _ handle: OpaquePointer, _ information: inout SF_INFO
  ) {
    var rate: Int32 = 48_000
    unsafe sf_command(
      handle, Int32(SFC_SET_ORIGINAL_SAMPLERATE), &rate, Int32(MemoryLayout<Int32>.size))
    unsafe sf_command(
      handle, Int32(SFC_GET_CURRENT_SF_INFO), &information, Int32(MemoryLayout<SF_INFO>.size))
  }

  private init(content: VirtualFile, information: SF_INFO, handle: OpaquePointer) {
    self.content = content
    unsafe self.handle = handle
    sampleRate = Int(information.samplerate)
    channelCount = Int(information.channels)
    container = information.format & Int32(SF_FORMAT_TYPEMASK)
    subtype = information.format & Int32(SF_FORMAT_SUBMASK)
    promisedSampleCount = information.frames == Int64.max ? nil : Int(information.frames)
    block = [Float](repeating: 0, count: Self.blockLength * channelCount)
  }

  deinit { unsafe sf_close(handle) }

  /// Leaves out `count` samples of each channel, which are not decoded where the format lets it.
  ///
  /// Returns false, with nothing left out, where only reading leads there.
  mutating func skip(_ count: Int) -> Bool {
    let place = sf_count_t(readCount + count)
    guard [SF_FORMAT_WAV, SF_FORMAT_FLAC, SF_FORMAT_NIST, SF_FORMAT_W64].contains(Int(container)),
      let promisedSampleCount, Int(place) <= promisedSampleCount,
      unsafe sf_seek(handle, place, SEEK_SET) == place
    else { return false }
    readCount = Int(place)
    return true
  }

  /// The next samples, of ``channel`` or the mean of the channels; none at the end.
  ///
  /// - Throws: `AudioError.truncated`, `.notFinite`, `.outOfScale`, `.damaged`, `.unreadable`.
  mutating func next() throws(AudioError) -> [Float] {
    let count = unsafe block.withUnsafeMutableBufferPointer { buffer in
      unsafe Int(sf_readf_float(handle, buffer.baseAddress, sf_count_t(Self.blockLength)))
    }
    guard count > 0 else {
      try checkEnd()
      return []
    }
    if channelCount == 1, block[..<count].allSatisfy({ abs($0) <= Self.largestSample }) {
      readCount += count
      return block[..<count].map { min(max($0, -1), 1) }
    }
    var samples: [Float] = []
    samples.reserveCapacity(count)
    for start in stride(from: 0, to: count * channelCount, by: channelCount) {
      var sum: Float = 0
      if let channel, channel < channelCount {
        sum = block[start + channel] * Float(channelCount)
      } else {
        for channel in 0..<channelCount { sum += block[start + channel] }
      }
      guard sum.isFinite else {
        throw .notFinite(path: path, sampleIndex: readCount + samples.count)
      }
      guard abs(sum) <= Self.largestSample * Float(channelCount) else {
        throw .outOfScale(
          path: path, sampleIndex: readCount + samples.count, found: sum / Float(channelCount))
      }
      samples.append(min(max(sum / Float(channelCount), -1), 1))
    }
    readCount += count
    return samples
  }

  /// Reads to the end and returns the number of samples of each channel.
  ///
  /// - Throws: as `next()` does.
  mutating func count() throws(AudioError) -> Int {
    while try !next().isEmpty {}
    return readCount
  }

  /// What the samples are stored as.
  var encoding: StoredSound.Encoding {
    switch Int(subtype) {
    case SF_FORMAT_PCM_16: .int16
    case SF_FORMAT_PCM_32, SF_FORMAT_PCM_24: .int32
    case SF_FORMAT_PCM_U8: .uint8
    case SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE: .float
    default: .other
    }
  }

  /// All samples that were not read yet, 1 being full scale, those of each instant one after another.
  ///
  /// - Throws: `AudioError.truncated`, `.notFinite`, `.unreadable`.
  mutating func stored() throws(AudioError) -> [Double] {
    var samples: [Double] = []
    var block = [Double](repeating: 0, count: Self.blockLength * channelCount)
    while true {
      let count = unsafe block.withUnsafeMutableBufferPointer { buffer in
        unsafe Int(sf_readf_double(handle, buffer.baseAddress, sf_count_t(Self.blockLength)))
      }
      guard count > 0 else { break }
      samples += block[..<(count * channelCount)]
      readCount += count
    }
    try checkEnd()
    if let index = samples.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(path: path, sampleIndex: index / channelCount)
    }
    return samples
  }

  private var path: String { content.part.source.path }

  private mutating func checkLength() throws(AudioError) {
    if let length = content.part.declaredLength, length.isCut {
      throw length.error(path: path, found: promisedSampleCount ?? 0)
    }
    if content.part.isCut {
      let found = if let promisedSampleCount { promisedSampleCount } else { try count() }
      throw .truncated(path: path, found: found, expected: nil)
    }
    // libsndfile learns the length of an Ogg stream from its last page; without one the file was cut.
    if container == SF_FORMAT_OGG, promisedSampleCount == nil {
      throw .truncated(path: path, found: try count(), expected: nil)
    }
  }

  /// Throws if the file gave fewer samples than its header promises, or the decoder failed.
  private func checkEnd() throws(AudioError) {
    guard !content.hasFailed else {
      throw .unreadable(path: path, reason: AudioError.diskFailed)
    }
    if let promised = promisedSampleCount, readCount < promised, content.part.promiseIsExact {
      throw .truncated(path: path, found: readCount, expected: promised)
    }
    guard unsafe sf_error(handle) == SF_ERR_NO_ERROR else {
      throw .damaged(path: path, found: "it cannot be decoded after \(readCount) samples")
    }
  }

  /// The library's words for its error number `status`, without their full stop.
  private static func words(_ status: Int32) -> String {
    let words = unsafe String(cString: sf_error_number(status))
    return words.hasSuffix(".") ? String(words.dropLast()) : words
  }
}

extension SoundFile {
  /// The formats that are written, named by their file extension.
  enum OutputFormat: String {
    case wav
    case flac

    fileprivate var code: Int {
      switch self {
      case .wav: SF_FORMAT_WAV | SF_FORMAT_PCM_16
      case .flac: SF_FORMAT_FLAC | SF_FORMAT_PCM_16
      }
    }
  }

  /// The bytes of a file of finite samples in 16 bits; 1 becomes 32767, so that reading (division by 32768) gives back what was
  /// read before.
  ///
  /// - Throws: `AudioError.unwritable`.
  static func content(
    of waveform: Waveform, as format: OutputFormat
  ) throws(AudioError) -> [UInt8] {
    let place = "sound in memory"
    let buffer = SoundBuffer()
    var information = SF_INFO()
    information.samplerate = Int32(clamping: waveform.sampleRate)
    information.channels = 1
    information.format = Int32(format.code)
    guard let handle = unsafe buffer.open(&information) else {
      throw .unwritable(path: place, reason: words(sf_error(nil)))
    }
    let samples = waveform.samples.map(SixteenBits.integer)
    let written = unsafe sf_writef_short(handle, samples, sf_count_t(samples.count))
    let reason = unsafe words(sf_error(handle))
    guard unsafe sf_close(handle) == 0, written == samples.count else {
      throw .unwritable(path: place, reason: reason)
    }
    return buffer.bytes
  }
}
