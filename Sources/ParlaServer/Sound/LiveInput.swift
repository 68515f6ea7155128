import ParlaAudio

/// The sound of a live stream: bare samples, or a file of some format that arrives piece by piece.
///
/// WAV and WebM are recognised while they arrive; files of other formats once they are there.
final class LiveInput: ByteSource {
  private let target: Int
  private let fileBytes: Int
  private var receivedBytes = 0
  private let samples: SampleSource?
  /// Bytes of which it is not known yet what they are.
  private var pending: [UInt8] = []
  private var wav: LiveSource?
  private var webm: OpusSource?
  private var file: Upload?
  private var isKnown = false

  /// Files of other formats are not transcribed further than this.
  private static let longestFile = 3600

  /// Sound with samples of `format`, or without one a file; what comes out has `target` samples a second.
  ///
  /// A file of another format than WAV and WebM has at most `fileBytes`.
  init(_ format: SampleFormat?, target: Int, fileBytes: Int) {
    self.target = target
    self.fileBytes = fileBytes
    samples = format.map { SampleSource($0, target: target) }
  }

  /// A packet of Opus can hold 0.12 s in a few bytes, and a WAV a hundred samples a second.
  var sliceLength: Int { samples?.sliceLength ?? (file == nil ? 1024 : 1 << 16) }

  /// Takes the next bytes and gives the samples that they complete.
  ///
  /// - Throws: `AudioError`, `FileError`, `RequestFailure` for a file beyond the limit.
  func feed(_ bytes: [UInt8]) throws -> [Float] {
    if let samples { return try samples.feed(bytes) }
    guard isKnown else { return try begin(bytes) }
    if wav != nil { return try wav?.feed(bytes) ?? [] }
    if let webm { return try webm.feed(bytes) }
    if let file {
      receivedBytes += bytes.count
      guard receivedBytes <= fileBytes else {
        throw RequestFailure.bad(
          "The stream's file is larger than \(fileBytes >> 20) MiB. Send bare samples, WAV or WebM."
        )
      }
      try file.append(bytes)
    }
    return []
  }

  private func begin(_ bytes: [UInt8]) throws -> [Float] {
    pending += bytes
    guard pending.count >= 12 else { return [] }
    isKnown = true
    if pending.starts(with: "RIFF".utf8) {
      wav = LiveSource(name: "the stream", rate: target, target: target)
    } else if pending.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      webm = OpusSource(target: target)
    } else {
      file = try Upload()
    }
    defer { pending = [] }
    return try feed(pending)
  }

  /// Takes the end, and gives the last samples, piece by piece.
  ///
  /// - Throws: `RequestFailure`, `AudioError`, `FileError`, and what `take` throws.
  func finish(_ take: ([Float]) async throws -> Void) async throws {
    guard let upload = file.take() else {
      try await take(rest())
      return
    }
    do {
      try upload.finish()
      var reader = try SoundReader(upload.path, sampleRate: target)
      while reader.duration < Double(Self.longestFile), let piece = try reader.next() {
        try await take(piece)
      }
    } catch let problem as AudioError {
      throw RequestFailure(problem, source: upload.path, called: "the stream")
    }
  }

  /// The last samples of what was recognised while it arrived.
  private func rest() throws(AudioError) -> [Float] {
    if let samples { return try samples.finish() }
    if wav != nil { return try wav?.rest() ?? [] }
    if let webm { return try webm.finish() }
    guard pending.isEmpty else {
      throw AudioError.notAudio(path: "the stream", firstBytes: pending)
    }
    return []
  }
}
