import ParlaAudio

/// Sound of a recording at the model's rate, piece by piece.
struct OpenSound: ~Copyable {
  private var reader: SoundReader?
  private var arriving: ArrivingSound?
  private var rest: ArraySlice<Float> = []
  private let seconds: Double
  private let isEncoded: Bool

  /// - Throws: `AudioError`.
  init(_ source: RecordingSource, sampleRate: Int) throws {
    switch source {
    case .file(let path):
      seconds = 0
      isEncoded = true
      reader = try SoundReader(recording: path, sampleRate: sampleRate)
    case .arriving(let file):
      seconds = 0
      isEncoded = true
      arriving = ArrivingSound(file, sampleRate: sampleRate)
    case .encoded(let bytes, let name):
      seconds = 0
      isEncoded = true
      reader = try SoundReader(bytes: bytes, name: name, sampleRate: sampleRate)
    case .waveform(let waveform):
      seconds = waveform.duration
      isEncoded = false
      rest = try waveform.resampled(to: sampleRate).samples[...]
    }
  }

  /// In seconds, once all was read.
  var duration: Double { mutating get { reader?.duration ?? arriving?.duration ?? seconds } }

  /// Whether there is more to read now.
  var hasNews: Bool { mutating get { arriving?.hasNews ?? true } }

  /// The next samples; none while more of the file is to arrive, nil after the last.
  mutating func next() throws -> [Float]? {
    if arriving != nil { return try arriving?.next() }
    if isEncoded { return try reader?.next() }
    let piece = Array(rest.prefix(RecognitionStream.pieceLength))
    rest = rest.dropFirst(piece.count)
    return piece.isEmpty ? nil : piece
  }
}
