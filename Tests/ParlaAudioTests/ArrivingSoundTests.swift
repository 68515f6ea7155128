import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct ArrivingSoundTests {
  /// All samples of `bytes` that arrive in pieces, and how many of them came before the last piece did.
  private static func read(
    _ bytes: [UInt8], pieceLength: Int
  ) throws -> (samples: [Float], early: Int, duration: Double) {
    try withTemporaryFolder { folder in
      let path = "\(folder)/sound"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let handle = try #require(FileHandle(forWritingAtPath: path))
      let file = ArrivingFile(path: path)
      var sound = ArrivingSound(file, sampleRate: 8000)
      var (samples, early) = ([Float](), 0)
      for start in stride(from: 0, to: bytes.count, by: pieceLength) {
        let end = min(start + pieceLength, bytes.count)
        try handle.write(contentsOf: bytes[start..<end])
        file.grow(to: end)
        while sound.hasNews, let more = try sound.next() { samples += more }
        if end < bytes.count { early = samples.count }
      }
      file.finish()
      while sound.hasNews, let more = try sound.next() { samples += more }
      return (samples, early, sound.duration)
    }
  }

  private static func whole(_ bytes: [UInt8]) throws -> (samples: [Float], duration: Double) {
    var reader = try SoundReader(bytes: bytes, sampleRate: 8000)
    var samples: [Float] = []
    while let more = try reader.next() { samples += more }
    return (samples, reader.duration)
  }

  private static func file(_ name: String) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      let sound = Waveform(samples: SyntheticVoice.speech(seconds: 1.5), sampleRate: 16000)
      try AudioFile.write(sound, to: path)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  @Test(arguments: [7, 1000, 1 << 20]) func aWAVIsReadWhileItArrives(pieceLength: Int) throws {
    let bytes = try Self.file("a.wav")
    let expected = try Self.whole(bytes)
    let found = try Self.read(bytes, pieceLength: pieceLength)
    #expect(found.samples == expected.samples)
    #expect(abs(found.duration - expected.duration) < 0.001)
    #expect(pieceLength > bytes.count || found.early > expected.samples.count / 2)
  }

  @Test func joinedWAVsAreReadToTheEndOfTheLast() throws {
    let bytes = try Self.file("a.wav")
    #expect(
      try Self.read(bytes + bytes, pieceLength: 999).samples == Self.whole(bytes + bytes).samples)
  }

  @Test func whatFollowsTheSamplesOfAWAVIsNoSound() throws {
    let bytes = try Self.file("a.wav")
    let note = Array("LIST".utf8) + [100, 0, 0, 0] + [UInt8](repeating: 0x7F, count: 100)
    #expect(try Self.read(bytes + note, pieceLength: 999).samples == Self.whole(bytes).samples)
  }

  @Test func aWAVThatWasCutIsReadToWhereItEnds() throws {
    let bytes = try Self.file("a.wav")
    let found = try Self.read(bytes.dropLast(1001), pieceLength: 999)
    #expect(abs(found.samples.count - (bytes.count - 44 - 1001) / 4) < 10)
  }

  @Test func otherFormatsAreReadOnceTheyAreWhole() throws {
    let bytes = try Self.file("a.flac")
    let found = try Self.read(bytes, pieceLength: 999)
    #expect(found.early == 0)
    #expect(try found.samples == Self.whole(bytes).samples)
    #expect(try abs(found.duration - Self.whole(bytes).duration) < 0.001)
  }

  @Test(arguments: [[], Array("no sound".utf8), Array("RIFF----WAVEfmt ".utf8)])
  func whatIsNoSoundIsRefusedOnceItIsWhole(bytes: [UInt8]) throws {
    #expect(throws: AudioError.self) { try Self.read(bytes, pieceLength: 3) }
  }
}
