import ParlaDescriptions
public import ParlaFiles

/// Errors of sound from outside, and of requests for it.
public enum AudioError: DescribedError, Equatable {
  /// There is no file at `path`.
  case missing(path: String)
  /// The folder has no sound files.
  case noRecordings(folder: String)
  /// The file cannot be opened or decoded; `reason` is the system's or the format library's.
  case unreadable(path: String, reason: String)
  /// The file begins in a known format, but the rest is damaged; `found` says how.
  case damaged(path: String, found: String)
  /// The file's format is known, but not its coding of sound.
  case unknownCoding(path: String, found: String)
  /// The library for such files is missing on this computer; `problem` says which.
  case noLibrary(path: String, problem: String)
  /// The file has no bytes, or a header and no samples.
  case empty(path: String)
  /// The requested passage begins after the end, which is at `duration` seconds, or ends long after it.
  case outside(path: String, duration: Double)
  /// The recording has `count` channels, and not the requested one.
  case noChannel(path: String, channel: Int, count: Int)
  /// There is a file, but what follows the `#` is no part that a file can have.
  case impossiblePart(path: String, found: String)
  /// The file does not start like a known format.
  case notAudio(path: String, firstBytes: [UInt8])
  /// The file ends before the samples that its header promises; `expected` is nil if the header has no number.
  case truncated(path: String, found: Int, expected: Int?)
  /// A floating-point file has NaN or infinity.
  case notFinite(path: String, sampleIndex: Int)
  /// A sample is so far from [-1, 1] that it was never scaled to it.
  case outOfScale(path: String, sampleIndex: Int, found: Float)
  /// The header has an impossible sample rate, in hertz.
  case impossibleRate(path: String, found: Int)
  /// The file cannot be written; `reason` is the system's or the format library's.
  case unwritable(path: String, reason: String)
  /// No format is written under this file extension.
  case unknownOutputFormat(path: String, fileExtension: String)
  /// Samples of 16 bits end with a byte of their own.
  case oddByteCount(source: String, found: Int)
  /// A stream is no samples but a file of another format.
  case encodedStream(source: String, format: String)
  /// A WAV header describes samples that a stream does not support.
  case unsupportedStream(source: String, found: String)
  /// Features are made for another sample rate than the sound's, both in hertz.
  case wrongSampleRate(found: Int, expected: Int)
  /// The sample rate cannot be converted as requested, from and to rates in hertz.
  case cannotResample(from: Int, to: Int, reason: String)
  /// A codec refuses its work; `reason` is the library's.
  case codec(name: String, reason: String)
  /// The specification of an augmentation is invalid.
  case invalidAugmentation(specification: String, found: String, expected: String)
  /// A sound has fewer samples than a frame of features needs.
  case tooShort(found: Int, expected: Int)
  /// A feature setting has a value with which no features can be computed.
  case invalidSetting(name: String, found: String, expected: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .missing(let path) where path.isMisread: "\(path): \(FileError.nameIsNoText)"
    case .missing(let path):
      "\(path): there is no such file. Check the path."
    case .noRecordings(let folder):
      "\(folder): found no sound files, expected some that end in .wav, .flac, .ogg, .opus, .mp3 or "
        + "similar. Pass files with other extensions one by one."
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason). Check its permissions, or convert it again."
    case .damaged(let path, let found):
      "\(path): is damaged: \(found). Copy it again, or convert it from its source."
    case .unknownCoding(let path, let found):
      "\(path): found \(found), which is not supported. Convert it with: ffmpeg -i IN OUT.wav"
    case .noLibrary(let path, let problem):
      "\(path): cannot be read on this computer: \(problem)."
    case .empty(let path):
      "\(path): holds no sound. Record or copy it again."
    case .outside(let path, let duration):
      "\(path): the recording ends after \(duration) seconds, expected a passage within it. Correct its times."
    case .noChannel(let path, let channel, let count):
      "\(path): found \(counted(count, "channel")), expected channel \(channel); the first is channel 0. Correct the number."
    case .impossiblePart(let path, let found):
      "\(path): found \"\(found)\" after #, expected t=FROM,TO with TO after FROM in seconds, channel=NUMBER or "
        + "bytes=FIRST-LAST. Correct the numbers."
    case .notAudio(let path, let firstBytes):
      "\(path): starts with \(Self.shown(firstBytes)), which is not a known sound format. "
        + "Supported are \(Self.supportedFormats); convert others with: ffmpeg -i IN OUT.wav"
    case .truncated(let path, let found, let expected):
      "\(path): is cut short after \(found) samples"
        + (expected.map { " of the \($0) that its header promises" } ?? ", before its end")
        + ". Copy or convert it again."
    case .notFinite(let path, let sampleIndex):
      "\(path): sample \(sampleIndex) is not a finite number, expected values in [-1, 1]. "
        + "Convert it to 16-bit samples from its source."
    case .outOfScale(let path, let sampleIndex, let found):
      "\(path): sample \(sampleIndex) is \(found), expected floating-point values in [-1, 1]. "
        + "Divide them by the maximum, 32768 for 16-bit samples."
    case .impossibleRate(let path, let found):
      "\(path): its header gives \(found) samples per second, expected \(Waveform.rates.lowerBound) to "
        + "\(Waveform.rates.upperBound). Set the right rate with: sox -r RATE IN OUT.wav"
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason). Choose another place or free some space."
    case .unknownOutputFormat(let path, let fileExtension):
      "\(path): sound cannot be written as \".\(fileExtension)\". Name it .wav or .flac."
    case .oddByteCount(let source, let found):
      "\(source): found \(found) bytes of sound, expected an even number, two for each 16-bit sample. "
        + "Record with 16 bits per sample, as in: arecord -f S16_LE -t raw"
    case .unsupportedStream(let source, let found):
      "\(source): found \(found), expected a WAV stream of 16-bit PCM, or raw 16-bit samples. "
        + "Record with: arecord -f S16_LE, or convert it with: ffmpeg -i IN -f wav - | parla listen …"
    case .encodedStream(let source, StreamKind.text):
      "\(source): found text, expected sound. Check the output of the program that sends it."
    case .encodedStream(let source, let format):
      "\(source): found \(format), expected 16-bit samples, raw or as a WAV. "
        + "Convert it with: ffmpeg -i IN -f wav - | parla listen …"
    case .wrongSampleRate(let found, let expected):
      "The sound has \(found) samples per second, the features expect \(expected). "
        + "Resample it to \(expected) Hz first."
    case .cannotResample(let from, let to, let reason):
      "Sound of \(from) Hz cannot be resampled to \(to) Hz: \(reason)."
    case .codec(let name, let reason):
      "Sound could not be encoded as \(name): \(reason)."
    case .invalidAugmentation(let specification, let found, let expected):
      "The augmentation \"\(specification)\": found \(found), expected \(expected)\(expected.hasSuffix(".") ? "" : ".")"
    case .tooShort(let found, let expected):
      "found \(found) samples, expected \(expected) or more for a frame of features. Remove the recording."
    case .invalidSetting(let name, let found, let expected):
      "Feature setting \(name) is \(found), expected \(expected). Change it in the model's settings."
    }
  }

  /// The reason where reading stopped because of the medium, not of what is on it.
  package static let diskFailed = "the disk or the network gave an error"

  static let supportedFormats =
    "WAV, FLAC, Ogg Vorbis, Opus in Ogg, WebM and MP4, MP3, AIFF, AU, CAF, NIST SPHERE and G.722 (as .g722)"

  private static func shown(_ bytes: [UInt8]) -> String {
    if bytes.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x0D }) {
      let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      return "the text \"\(text.first ?? "")\""
    }
    let hexadecimal = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "the bytes \(hexadecimal.joined(separator: " "))"
  }
}

extension AudioError {
  /// Faults of feature settings.
  init(_ problem: DescriptionProblem) {
    let known = problem.known.isEmpty ? "" : ": " + problem.known.joined(separator: ", ")
    self = .invalidSetting(
      name: problem.field ?? "type", found: problem.found, expected: problem.expected + known)
  }
}
