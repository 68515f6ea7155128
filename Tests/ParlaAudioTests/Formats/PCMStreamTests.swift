import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct PCMStreamTests {
  static let raw: [UInt8] = [0, 0, 0xff, 0x7f, 0, 0x80, 0, 0x40]
  static let samples: [Float] = [0, 32767.0 / 32768, -1, 0.5]

  static func header(channels: UInt8 = 1, bits: UInt8 = 16, kind: UInt8 = 1) -> [UInt8] {
    let format: [UInt8] = [kind, 0, channels, 0, 0x40, 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, bits, 0]
    let unknown: [UInt8] = Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]
    return Array("RIFF".utf8) + [0xff, 0xff, 0xff, 0xff] + Array("WAVEfmt ".utf8) + [16, 0, 0, 0]
      + format + unknown + Array("data".utf8) + [0, 0, 0, 0]
  }

  static func read(_ bytes: [UInt8], pieceLength: Int) throws -> (rate: Int, samples: [Float]) {
    var stream = PCMStream(source: "pipe", sampleRate: 16000)
    var samples: [Float] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      samples += try stream.feed(Array(bytes[start..<min(start + pieceLength, bytes.count)]))
    }
    samples += try stream.end()
    try stream.finish()
    return (stream.sampleRate, samples)
  }

  @Test(arguments: [1, 3, 7, 100]) func rawSamplesAreRead(pieceLength: Int) throws {
    let read = try Self.read(Self.raw, pieceLength: pieceLength)
    #expect(read.samples == Self.samples)
    #expect(read.rate == 16000)
  }

  @Test(arguments: [1, 3, 7, 100]) func aHeaderTellsTheRate(pieceLength: Int) throws {
    let read = try Self.read(Self.header() + Self.raw, pieceLength: pieceLength)
    #expect(read.samples == Self.samples)
    #expect(read.rate == 8000)
  }

  @Test func channelsAreAveraged() throws {
    let read = try Self.read(Self.header(channels: 2) + Self.raw, pieceLength: 5)
    let mean: Float = 32767.0 / 65536
    #expect(read.samples == [mean, -0.25])
  }

  @Test(arguments: [[], [0, 0]] as [[UInt8]]) func littleIsNoError(bytes: [UInt8]) throws {
    #expect(try Self.read(bytes, pieceLength: 1).samples.count == bytes.count / 2)
  }

  @Test(arguments: [1, 5, 100]) func textIsNoSound(pieceLength: Int) {
    for text in ["<html>404</html>", String(repeating: "error: no such device\n", count: 9)] {
      #expect(throws: AudioError.encodedStream(source: "pipe", format: "text")) {
        try Self.read(Array(text.utf8), pieceLength: pieceLength)
      }
    }
  }

  @Test(arguments: [4, 12, 20, 40]) func aHeaderThatBreaksOffIsNamed(length: Int) {
    let found = "a WAV header that breaks off"
    #expect(throws: AudioError.unsupportedStream(source: "pipe", found: found)) {
      try Self.read(Array(Self.header().prefix(length)), pieceLength: 7)
    }
  }

  @Test(arguments: [1, 3, 9]) func anOddByteIsNamed(count: Int) {
    #expect(throws: AudioError.oddByteCount(source: "pipe", found: count)) {
      try Self.read([UInt8](repeating: 1, count: count), pieceLength: 4)
    }
  }

  @Test func otherSamplesAreNamed() {
    let found = "1 channels of 24 bits at 8000 Hz in format 1"
    #expect(throws: AudioError.unsupportedStream(source: "pipe", found: found)) {
      try Self.read(Self.header(bits: 24) + Self.raw, pieceLength: 9)
    }
    #expect(throws: AudioError.self) {
      try Self.read(Self.header(channels: 0) + Self.raw, pieceLength: 9)
    }
    #expect(throws: AudioError.self) {
      try Self.read(Array("RIFF1234AVI ".utf8), pieceLength: 9)
    }
    #expect(throws: AudioError.self) {
      try Self.read(Array("RIFF1234WAVEdata1234".utf8), pieceLength: 9)
    }
  }

  @Test(arguments: [1, 5, 64])
  func encodedSoundIsNamed(pieceLength: Int) throws {
    let mp3 = JoinedSoundTests.frames(kilobits: 32, count: 4)
    let aac: [UInt8] = [0xFF, 0xF1, 0x60, 0x40, 1, 0x1F, 0xFC, 0]
    let files: [(format: String, bytes: [UInt8])] = [
      ("MP3", mp3), ("MP3", Array("ID3".utf8) + [4, 0]), ("AAC", aac + aac + aac),
      ("FLAC", try JoinedSoundTests.fixture("tone.flac")),
      ("Ogg", try JoinedSoundTests.fixture("tone.opus")),
      ("AIFF", try JoinedSoundTests.fixture("tone.aiff")),
      ("MP4 or M4A", [0, 0, 0, 0x20] + Array("ftypM4A ".utf8)),
      ("WebM or Matroska", [0x1A, 0x45, 0xDF, 0xA3, 1]),
    ]
    for (format, bytes) in files {
      let expected = AudioError.encodedStream(source: "pipe", format: format)
      #expect(throws: expected) { try Self.read(bytes, pieceLength: pieceLength) }
      #expect(expected.description.contains("ffmpeg -i IN -f wav -"))
    }
  }

  @Test func samplesThatLookLikeAFrameAreSamples() throws {
    for start in [[0xFF, 0xF3, 0x48, 0xC0], [0, 0, 0, 0x20, 0x66, 0x74], [0xFF, 0xFB]] as [[UInt8]]
    {
      for count in [6, 600, 6000] {
        let bytes = start + [UInt8](repeating: 3, count: count)
        #expect(try Self.read(bytes, pieceLength: 7).samples.count == bytes.count / 2)
      }
    }
  }

  @Test func damagedHeadersDoNotCrash() {
    var mutator = Mutator(seed: 5)
    for _ in 0..<2000 {
      let bytes = mutator.mutated(Self.header() + Self.raw)
      _ = try? Self.read(bytes, pieceLength: 6)
    }
  }
}
