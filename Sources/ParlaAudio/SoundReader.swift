/// Reads a sound file of any usual format piece by piece, as one channel: the way of all sound from files.
///
/// Files that were joined end to end are read to the end of the last; the first one's rate is that of the sound, if no other is
/// asked for.
///
/// ```swift
/// var sound = try SoundReader("interview.mp3", sampleRate: 16000)
/// while let samples = try sound.next() { print(samples.count) }
/// ```
public struct SoundReader: ~Copyable {
  /// The sample rate of the output, in hertz.
  public let sampleRate: Int

  /// How long the sound is that was read so far, in seconds.
  public var duration: Double {
    guard let passage = selection?.seconds else { return position }
    return max(0, min(position, passage.upperBound) - passage.lowerBound)
  }

  /// Up to where the file was read.
  private var position: Double { endedSeconds + Double(sampleCount) / Double(partRate) }

  private let path: String
  private let channel: Int?
  /// What is read of the file; nil for all.
  private let selection: SoundAddress?
  private var parts: ArraySlice<SoundPart>
  private var stages: Stages
  private var g722: G722File?
  private var opus: OpusFile?
  private var packets: OpusPacketFile?
  private var partRate: Int
  /// Samples that were read of parts of the last rate.
  private var sampleCount = 0
  private var endedSeconds = 0.0
  private var isAtEnd = false

  /// Opens the file at `path`, or the selected part of one (``SoundAddress``), and resamples it to `sampleRate` samples per
  /// second, or keeps its own rate.
  ///
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`, `.notAudio`, `.truncated`, `.impossibleRate`, `.noChannel`.
  public init(_ path: String, sampleRate: Int? = nil) throws(AudioError) {
    try self.init(path, sampleRate: sampleRate, channel: nil)
  }

  /// Opens the file at `path` as the other initialiser does, and reads its `channel` only, from 0; a recording that has no such
  /// channel is read whole.
  package init(_ path: String, sampleRate: Int?, channel: Int?) throws(AudioError) {
    let address = SoundAddress(path)
    try self.init(
      SourceFile(address), sampleRate: sampleRate, channel: channel ?? address.channel,
      selection: address)
  }

  /// Opens what a user names as a recording: the file at `path`, or all that comes out of the pipe there.
  package init(recording path: String, sampleRate: Int) throws(AudioError) {
    try self.init(SourceFile(pathOrPipe: path), sampleRate: sampleRate, channel: nil)
  }

  /// Opens the `bytes` of a sound file in memory, in any supported format.
  ///
  /// `name` is used in errors, and its extension identifies formats without a header.
  /// - Throws: `AudioError.empty`, `.notAudio`, `.truncated`, `.impossibleRate`, `.unreadable`.
  public init(
    bytes: [UInt8], name: String = "sound in memory", sampleRate: Int? = nil
  ) throws(AudioError) {
    try self.init(SourceFile(bytes: bytes, name: name), sampleRate: sampleRate, channel: nil)
  }

  private init(
    _ source: SourceFile, sampleRate: Int?, channel: Int?, selection: SoundAddress? = nil
  ) throws(AudioError) {
    let isG722 = AudioFile.isG722(source.formatName)
    let packets = try OpusPacketFile.open(source)
    let opus = isG722 || packets != nil ? nil : try OpusFile.open(source)
    let isOpus = opus != nil
    let otherRate =
      packets?.sampleRate ?? (isOpus ? OpusPacketDecoder.sampleRate : G722Decoder.sampleRate)
    let parts = isG722 || isOpus || packets != nil ? [] : try SoundPart.parts(of: source)
    let stages = try Stages.opened(parts.first, channel: channel, otherRate: otherRate)
    if let selected = selection?.channel, selected >= stages.channelCount {
      throw .noChannel(path: source.path, channel: selected, count: stages.channelCount)
    }
    self.opus = opus
    self.packets = packets
    path = source.path
    self.channel = channel
    self.selection = selection
    self.parts = parts.dropFirst()
    g722 = isG722 ? G722File(source) : nil
    partRate = stages.sampleRate
    self.sampleRate = sampleRate ?? stages.sampleRate
    self.stages = stages
    if let start = selection?.seconds?.lowerBound, self.parts.isEmpty {
      let count = Int(exactly: (start * Double(partRate)).rounded()) ?? 0
      if count > 0, self.stages.file?.skip(count) == true { sampleCount = count }
    }
  }

  /// What owns memory of C libraries.
  private struct Stages: ~Copyable {
    var file: SoundFile?
    var resampler: StreamingResampler?
    private(set) var sampleRate: Int
    /// How many channels can be read apart from the others.
    private(set) var channelCount = 1

    init(sampleRate: Int) { self.sampleRate = sampleRate }

    init(_ file: consuming SoundFile) {
      sampleRate = file.sampleRate
      channelCount = file.channelCount
      self.file = consume file
    }

    /// What reads `part`; without one, what another decoder gives at `otherRate`.
    static func opened(
      _ part: SoundPart?, channel: Int?, otherRate: Int
    ) throws(AudioError) -> Stages {
      guard let part else { return Stages(sampleRate: otherRate) }
      var file = try SoundFile.open(part)
      file.channel = channel
      return Stages(file)
    }
  }

  /// The next samples, in [-1, 1], one or more; nil after the last.
  ///
  /// 16-bit samples are divided by 32768; what overshoots [-1, 1] in floating-point and lossy formats is clipped.
  /// - Throws: `AudioError.truncated`, `.notFinite`, `.unreadable`, `.notAudio`, `.impossibleRate`, `.cannotResample`; `.empty`
  ///   where there is no sound, `.outside` where the passage is not in it.
  public mutating func next() throws(AudioError) -> [Float]? {
    while !isAtEnd {
      if let passage = selection?.seconds, position >= passage.upperBound {
        isAtEnd = true
        let rest = try endRate()
        return rest.isEmpty ? nil : rest
      }
      let samples = try nextOfPart()
      guard samples.isEmpty else {
        let wanted = wanted(samples)
        sampleCount += samples.count
        let resampled = wanted.isEmpty ? [] : try resampled(wanted)
        if !resampled.isEmpty { return resampled }
        continue
      }
      let rest = try endPart()
      guard !isAtEnd || position > 0 else { throw .empty(path: path) }
      let isOutside = duration == 0 || selection?.overshoots(position) == true
      guard !isAtEnd || !isOutside else { throw .outside(path: path, duration: position) }
      if !rest.isEmpty { return rest }
    }
    return nil
  }

  /// Those of the `samples` to come that are in the passage.
  private func wanted(_ samples: [Float]) -> [Float] {
    guard let passage = selection?.seconds else { return samples }
    let rate = Double(partRate)
    let length = Double(sampleCount + samples.count)
    func index(_ seconds: Double) -> Int {
      Int(min(max((seconds - endedSeconds) * rate, 0), length).rounded()) - sampleCount
    }
    let start = max(0, index(passage.lowerBound))
    let end = max(start, min(samples.count, index(passage.upperBound)))
    return start == 0 && end == samples.count ? samples : Array(samples[start..<end])
  }

  private mutating func nextOfPart() throws(AudioError) -> [Float] {
    if g722 != nil { return try g722?.next() ?? [] }
    if opus != nil { return try opus?.next() ?? [] }
    if packets != nil { return try packets?.next() ?? [] }
    return try stages.file?.next() ?? []
  }

  private mutating func resampled(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard partRate != sampleRate else { return samples }
    if stages.resampler == nil {
      stages.resampler = try StreamingResampler(from: partRate, to: sampleRate)
    }
    return try stages.resampler?.feed(samples) ?? []
  }

  /// Opens the next part, if there is one; gives what the resampler still holds where the rate changes.
  private mutating func endPart() throws(AudioError) -> [Float] {
    guard let part = parts.popFirst() else {
      isAtEnd = true
      return try endRate()
    }
    var next = try SoundFile.open(part)
    next.channel = channel
    let rate = next.sampleRate
    stages.file = consume next
    guard rate != partRate else { return [] }
    endedSeconds = position
    sampleCount = 0
    partRate = rate
    return try endRate()
  }

  private mutating func endRate() throws(AudioError) -> [Float] {
    guard var ended = stages.resampler.take() else { return [] }
    return try ended.finish()
  }
}
