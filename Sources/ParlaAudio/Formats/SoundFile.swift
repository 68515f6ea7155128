import CAudioFormats

/// An open file of one of libsndfile's formats.
@safe struct SoundFile: ~Copyable {
  let sampleRate: Int
  let channelCount: Int
  /// Samples of each channel by the header; nil if it does not say.
  let promisedSampleCount: Int?

  private let source: SourceFile
  private let container: Int32
  private let handle: OpaquePointer

  /// Opens the file and compares its length with what its header promises.
  ///
  /// - Throws: `AudioError.notAudio`, `.unreadable`, `.truncated`.
  static func open(_ source: SourceFile) throws(AudioError) -> SoundFile {
    var information = SF_INFO()
    guard let handle = unsafe sf_open(source.path, Int32(SFM_READ), &information) else {
      throw try refusal(of: source)
    }
    let file = unsafe SoundFile(source: source, information: information, handle: handle)
    try file.checkLength()
    return file
  }

  private init(source: SourceFile, information: SF_INFO, handle: OpaquePointer) {
    self.source = source
    unsafe self.handle = handle
    sampleRate = Int(information.samplerate)
    channelCount = Int(information.channels)
    container = information.format & Int32(SF_FORMAT_TYPEMASK)
    promisedSampleCount = information.frames == Int64.max ? nil : Int(information.frames)
  }

  deinit { unsafe sf_close(handle) }

  /// Reads from the current place to the end, averaging the channels.
  ///
  /// - Throws: `AudioError.truncated`, `.notFinite`, `.unreadable`.
  func readMono() throws(AudioError) -> [Float] {
    let blockLength = 4096
    var block = [Float](repeating: 0, count: blockLength * channelCount)
    var samples: [Float] = []
    // What a header promises is not believed beyond some minutes, so that a wrong one costs no memory.
    samples.reserveCapacity(min(promisedSampleCount ?? 0, 1 << 23))
    while true {
      let count = unsafe block.withUnsafeMutableBufferPointer { buffer in
        unsafe Int(sf_readf_float(handle, buffer.baseAddress, sf_count_t(blockLength)))
      }
      guard count > 0 else { break }
      try appendMean(of: block[..<(count * channelCount)], to: &samples)
    }
    try checkEnd(found: samples.count)
    return samples
  }

  private func appendMean(
    of block: ArraySlice<Float>, to samples: inout [Float]
  ) throws(AudioError) {
    for start in stride(from: 0, to: block.count, by: channelCount) {
      var sum: Float = 0
      for channel in 0..<channelCount { sum += block[start + channel] }
      guard sum.isFinite else {
        throw .notFinite(path: source.path, sampleIndex: samples.count)
      }
      samples.append(min(max(sum / Float(channelCount), -1), 1))
    }
  }

  private func checkLength() throws(AudioError) {
    if let length = try DeclaredLength(of: source), length.isCut {
      throw length.error(path: source.path, found: promisedSampleCount ?? 0)
    }
    // libsndfile learns the length of an Ogg stream from its last page; without one the file was cut.
    if container == SF_FORMAT_OGG, promisedSampleCount == nil {
      throw .truncated(path: source.path, found: try readMono().count, expected: nil)
    }
  }

  /// Throws if the file gave fewer samples than its header promises, or the decoder failed.
  private func checkEnd(found: Int) throws(AudioError) {
    if let promised = promisedSampleCount, found < promised, try isPromiseExact() {
      throw .truncated(path: source.path, found: found, expected: promised)
    }
    let status = unsafe sf_error(handle)
    guard status == SF_ERR_NO_ERROR else {
      throw .unreadable(path: source.path, reason: unsafe String(cString: sf_error_number(status)))
    }
  }

  /// False for an MP3 without the tag that LAME and others write into its first frame: its length is a guess.
  private func isPromiseExact() throws(AudioError) -> Bool {
    guard container == SF_FORMAT_MPEG else { return true }
    let start = String(decoding: try source.bytes(count: 1 << 16), as: Unicode.ASCII.self)
    return start.contains("Xing") || start.contains("Info")
  }

  /// Why libsndfile does not open a file: it is none of its formats, or it is one and damaged.
  private static func refusal(of source: SourceFile) throws(AudioError) -> AudioError {
    // Without a handle this is the library's last error, which another thread may have made; it only words a message.
    let status = sf_error(nil)
    guard status == SF_ERR_UNRECOGNISED_FORMAT else {
      return .unreadable(path: source.path, reason: unsafe String(cString: sf_error_number(status)))
    }
    return .notAudio(path: source.path, firstBytes: try source.bytes(count: 16))
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

  /// Writes finite samples in 16 bits; 1 becomes 32767, so that reading (division by 32768) gives back what was read before.
  ///
  /// - Throws: `AudioError.unwritable`.
  static func write(
    _ waveform: Waveform, as format: OutputFormat, to path: String
  ) throws(AudioError) {
    var information = SF_INFO()
    information.samplerate = Int32(clamping: waveform.sampleRate)
    information.channels = 1
    information.format = Int32(format.code)
    guard let handle = unsafe sf_open(path, Int32(SFM_WRITE), &information) else {
      throw .unwritable(path: path, reason: unsafe String(cString: sf_strerror(nil)))
    }
    let samples = waveform.samples.map { Int16(min(max(($0 * 32768).rounded(), -32768), 32767)) }
    let written = unsafe sf_writef_short(handle, samples, sf_count_t(samples.count))
    let reason = unsafe String(cString: sf_strerror(handle))
    guard unsafe sf_close(handle) == 0, written == samples.count else {
      throw .unwritable(path: path, reason: reason)
    }
  }
}
