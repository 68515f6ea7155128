import ParlaPlatform

/// A stretch of a file that a format library reads as a file of its own.
///
/// Mostly it is the whole file. Players play Ogg, Opus, MP3 and FLAC files that were joined end to end (`cat a.ogg b.ogg`) to
/// their end; libsndfile stops after the first, so each is a part. So it is with uncompressed files, whose further headers
/// libsndfile stumbles over, takes for sound or does not see. What a header ought to say and does not is put right here, in what
/// the library sees, never in the file.
struct SoundPart {
  let source: SourceFile

  /// Which bytes of the file.
  let range: Range<Int>

  /// Bytes that the library sees before them.
  var prefix: [UInt8] = []

  /// Bytes that it sees in place of the file's, from places in the file on.
  var patches: [(offset: Int, bytes: [UInt8])] = []

  /// What the header of an uncompressed file says of its length.
  var declaredLength: DeclaredLength?

  /// Whether the number of samples in its header is exact rather than an estimate.
  var promiseIsExact = true

  /// Whether the file ends within a frame.
  var isCut = false

  init(_ source: SourceFile, _ range: Range<Int>) {
    self.source = source
    self.range = range
  }

  /// How many bytes the library sees.
  var byteCount: Int { prefix.count + range.count }

  /// The parts of a file, in order; there is at least one.
  ///
  /// - Throws: `AudioError.unreadable`, `.damaged`, `.truncated`.
  static func parts(of source: SourceFile) throws(AudioError) -> [SoundPart] {
    var uncompressed: [SoundPart] = []
    var rest = source
    while let length = try DeclaredLength(of: rest) {
      let end = try length.nextFile(in: rest)
      uncompressed += try parts(of: rest, ..<(end ?? rest.byteCount), length)
      guard let end else { return uncompressed }
      rest = rest.dropping(end)
    }
    return uncompressed + (try compressedParts(of: rest))
  }

  private static func compressedParts(of source: SourceFile) throws(AudioError) -> [SoundPart] {
    let whole = 0..<source.byteCount
    let starts: [Int] =
      switch try source.bytes(count: 4) {
      case let start where start.elementsEqual("OggS".utf8): try OggPages.streamStarts(in: source)
      case let start where start.elementsEqual("fLaC".utf8): try FLACStreams.starts(in: source)
      default: []
      }
    guard starts.isEmpty else {
      return zip(starts, starts.dropFirst() + [source.byteCount]).map { start, end in
        SoundPart(source, start..<end)
      }
    }
    if let parts = try MPEGStreams.parts(of: source, whole) { return parts }
    guard try !MPEGStreams.isExpected(in: source) || Headerless.format(of: source.formatName) != nil
    else { throw .notAudio(path: source.path, firstBytes: try source.bytes(count: 16)) }
    return [SoundPart(source, whole)]
  }

  private static func parts(
    of source: SourceFile, _ range: PartialRangeUpTo<Int>, _ length: DeclaredLength
  ) throws(AudioError) -> [SoundPart] {
    // A WAV around an MPEG stream counts the encoder's padding, or nothing: the stream knows better.
    if length.holdsMPEG, !length.isCut {
      let sound = length.offset..<length.offset + length.present
      if let parts = try MPEGStreams.parts(of: source, sound) { return parts }
    }
    var part = SoundPart(source, 0..<range.upperBound)
    part.declaredLength = length
    if let patch = length.patch { part.patches = [patch] }
    return [part]
  }
}

/// The streams of a file that begins with FLAC, RFC 9639.
enum FLACStreams {
  /// Where streams begin: at "fLaC" with the header of the block STREAMINFO, of 34 bytes, after it.
  static func starts(in source: SourceFile) throws(AudioError) -> [Int] {
    let blockLength = 1 << 20
    let marker: [UInt8] = Array("fLaC".utf8)
    var starts: [Int] = []
    for offset in stride(from: 0, to: source.byteCount, by: blockLength) {
      let block = try source.bytes(at: offset, count: blockLength + 7)
      var index = 0
      while let found = place(of: marker[0], in: block[index...]), found + 8 <= block.count {
        let header = block[found..<found + 8]
        if header.starts(with: marker), header[found + 4] & 0x7F == 0,
          header[(found + 5)...].elementsEqual([0, 0, 34])
        {
          starts.append(offset + found)
        }
        index = found + 1
      }
    }
    return starts
  }

  /// The first position of `byte` in `bytes`, or nil.
  ///
  /// Every FLAC file is searched completely.
  private static func place(of byte: UInt8, in bytes: ArraySlice<UInt8>) -> Int? {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress,
        let found = unsafe memchr(start, Int32(byte), buffer.count)
      else { return nil }
      return unsafe bytes.startIndex + (UnsafeRawPointer(found) - start)
    }
  }
}
