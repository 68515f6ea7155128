/// Reads the available part of a sound file, as one channel.
///
/// Samples of 16-bit WAV and of Opus in WebM are read while the file arrives, those of other formats once it is complete. They equal
/// those of `SoundReader`.
public struct ArrivingSound: ~Copyable {
  private let file: ArrivingFile
  private let sampleRate: Int
  private var source: Source = .unknown
  private var wav: LiveSource?
  private var webm: OpusSource?
  private var whole: SoundReader?
  /// How many bytes were read.
  private var offset = 0
  /// How many samples were given.
  private var sampleCount = 0
  private var isAtEnd = false

  /// The kind of file, as far as it is known.
  private enum Source {
    case unknown
    /// A WAV, with the position where its samples end if its header has it.
    case wav(end: Int)
    case webm
    /// A format that can be read only when complete.
    case whole
  }

  /// The number of bytes read at once.
  private static let blockLength = 1 << 16
  /// The samples of a WAV that begin later than this are read once it is whole.
  private static let longestHeader = 1 << 16

  /// Waits for bytes of `file`; the output has `sampleRate` samples per second.
  public init(_ file: ArrivingFile, sampleRate: Int) {
    self.file = file
    self.sampleRate = sampleRate
  }

  /// Whether `next` would return samples or the end.
  public var hasNews: Bool {
    if file.isWhole { return !isAtEnd }
    return switch source {
    case .whole: false
    case .unknown: file.byteCount > offset
    case .wav(let end): min(file.byteCount, end) > offset
    case .webm: file.byteCount > offset
    }
  }

  /// How long the sound is that was read so far, in seconds.
  public var duration: Double {
    mutating get { whole?.duration ?? Double(sampleCount) / Double(sampleRate) }
  }

  /// The next samples, in [-1, 1]; none while more bytes are needed, nil after the last.
  ///
  /// - Throws: what `SoundReader` throws of the whole file.
  public mutating func next() throws(AudioError) -> [Float]? {
    guard !isAtEnd else { return nil }
    if case .unknown = source { try recognise() }
    do {
      let samples =
        switch source {
        case .unknown: [] as [Float]
        case .wav(let end): try nextOfWAV(until: end)
        case .webm: try nextOfWebM()
        case .whole: try nextOfWhole()
        }
      sampleCount += whole == nil ? samples.count : 0
      return samples.isEmpty && isAtEnd ? nil : samples
    } catch {
      if case .whole = source { throw error }
      // The reader of whole files knows more, and says what is wrong.
      source = .whole
      return []
    }
  }

  /// Identifies the format from the file's beginning.
  private mutating func recognise() throws(AudioError) {
    let (isWhole, byteCount) = (file.isWhole, file.byteCount)
    source = try kind(isWhole: isWhole, byteCount: byteCount)
    // What was seen in vain is no news.
    if case .unknown = source { offset = byteCount } else { offset = 0 }
  }

  private mutating func kind(isWhole: Bool, byteCount: Int) throws(AudioError) -> Source {
    guard byteCount >= 12 else { return isWhole ? .whole : .unknown }
    let found = try SourceFile(path: file.path)
    let start = try found.bytes(count: 12)
    if start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      webm = OpusSource(target: sampleRate)
      return .webm
    }
    guard start.starts(with: "RIFF".utf8), start[8...].elementsEqual("WAVE".utf8) else {
      return .whole
    }
    guard let header = try DeclaredLength(of: found) else {
      return isWhole || byteCount >= Self.longestHeader ? .whole : .unknown
    }
    guard !header.holdsMPEG else { return .whole }
    wav = LiveSource(name: file.path, rate: sampleRate, target: sampleRate)
    return .wav(end: header.end)
  }

  /// The next bytes before `end`, as far as they are there.
  private mutating func bytes(
    until end: Int = .max, length: Int = Self.blockLength
  ) throws(AudioError) -> [UInt8] {
    let count = min(length, min(file.byteCount, end) - offset)
    guard count > 0 else { return [] }
    let bytes = try SourceFile(path: file.path).bytes(at: offset, count: count)
    offset += bytes.count
    return bytes
  }

  private mutating func nextOfWAV(until end: Int) throws(AudioError) -> [Float] {
    let isWhole = file.isWhole
    while true {
      let bytes = try bytes(until: end)
      guard bytes.isEmpty else {
        let samples = try wav?.feed(bytes) ?? []
        if samples.isEmpty { continue }
        return samples
      }
      guard isWhole else { return [] }
      if offset >= end { try requireNothingElse() }
      let rest = try wav?.rest() ?? []
      guard sampleCount + rest.count > 0 else { throw .empty(path: file.path) }
      isAtEnd = true
      return rest
    }
  }

  /// Makes sure that no other file is appended to a WAV.
  ///
  /// - Throws: `AudioError`, upon which the reader of whole files is used instead.
  private func requireNothingElse() throws(AudioError) {
    let found = try SourceFile(path: file.path)
    guard let length = try DeclaredLength(of: found), try length.nextFile(in: found) != nil else {
      return
    }
    throw .damaged(path: file.path, found: "another file follows")
  }

  private mutating func nextOfWebM() throws(AudioError) -> [Float] {
    let isWhole = file.isWhole
    while true {
      let bytes = try bytes(length: OpusFile.blockLength)
      guard bytes.isEmpty else {
        let samples = try webm?.feed(bytes) ?? []
        if samples.isEmpty { continue }
        return samples
      }
      guard isWhole else { return [] }
      let rest = try webm?.finish() ?? []
      guard sampleCount + rest.count > 0 else { throw .empty(path: file.path) }
      isAtEnd = true
      return rest
    }
  }

  /// Those samples of the whole file that were not given yet.
  private mutating func nextOfWhole() throws(AudioError) -> [Float] {
    guard file.isWhole else { return [] }
    if whole == nil { whole = try SoundReader(file.path, sampleRate: sampleRate) }
    while let samples = try whole?.next() {
      guard sampleCount > 0 else { return samples }
      let known = min(sampleCount, samples.count)
      sampleCount -= known
      if known < samples.count { return Array(samples[known...]) }
    }
    isAtEnd = true
    return []
  }
}

extension DeclaredLength {
  /// Where the samples end by the header; for a header that leaves it open, nowhere.
  fileprivate var end: Int { patch == nil ? offset + declared : .max }
}
