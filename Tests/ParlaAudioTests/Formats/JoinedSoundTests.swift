import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// Files that were joined end to end, and MP3 files whose length no header tells.
@Suite struct JoinedSoundTests {
  static func fixture(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path("audio/" + name))))
  }

  @Test(arguments: [
    "tone.ogg", "tone.opus", "tone.mp3", "tone.flac", "tone.aiff", "tone-stereo.au", "tone.sph",
    "tone-ulaw.wav",
  ])
  func joinedFilesAreRecognisedToTheEnd(name: String) throws {
    let once = try AudioFile.read(Fixture.path("audio/" + name)).samples
    let bytes = try Self.fixture(name)
    try withFile(name, bytes + bytes + bytes) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples == once + once + once)
      #expect(try AudioFile.information(path).sampleCount == 3 * once.count)
    }
  }

  /// A Wave64 of 16-bit samples at 16 kHz.
  static func wave64(_ samples: [Int16]) -> [UInt8] {
    func chunk(_ name: String, _ end: [UInt8], _ length: Int) -> [UInt8] {
      Array(name.utf8) + end + bytes([UInt64(length)])
    }
    let usual: [UInt8] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A]
    let riff: [UInt8] = [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 4, 0xC1, 0, 0]
    let sound = bytes(samples)
    return chunk("riff", riff, 104 + sound.count) + Array("wave".utf8) + usual
      + chunk("fmt ", usual, 40) + bytes([1, 1] as [UInt16]) + bytes([16000, 32000] as [UInt32])
      + bytes([2, 16] as [UInt16]) + chunk("data", usual, 24 + sound.count) + sound
  }

  @Test func headersOfJoinedFilesAreNoSound() throws {
    let samples: [Int16] = (0..<1600).map { Int16(8000 * sin(Double($0) / 5)) }
    let recognised = samples.map { Float($0) / 32768 }
    try withFile("a.w64", Self.wave64(samples) + Self.wave64(samples)) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples == recognised + recognised)
    }
    // What follows the samples in the first file's own chunks stays no sound either.
    let list = Array("LIST".utf8) + bytes([4 as UInt32]) + Array("INFO".utf8)
    var first = wavHeader(channelCount: 1, bitCount: 16, dataLength: 3200) + bytes(samples) + list
    first.replaceSubrange(4..<8, with: bytes([UInt32(first.count - 8)]))
    let second = wavHeader(channelCount: 1, bitCount: 16, dataLength: 3200) + bytes(samples)
    try withFile("a.wav", first + second) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples == recognised + recognised)
    }
    try withFile("cut.wav", first + second.dropLast(100)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error == .truncated(path: path, found: 1550, expected: 1600))
    }
  }

  @Test func theFirstRateIsTheWholes() throws {
    try withTemporaryFolder { folder in
      let tone = try AudioFile.read(Fixture.path("audio/tone.flac"))
      try AudioFile.write(tone.resampled(to: 8000), to: folder + "/slow.flac")
      let slow = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/slow.flac")))
      try withFile("both.flac", Self.fixture("tone.flac") + slow + slow) { path in
        let both = try AudioFile.read(path)
        #expect(both.sampleRate == 16000)
        #expect(both.samples.count == 24000)
        let information = try AudioFile.information(path)
        #expect(information.sampleCount == 24000 && information.sampleRate == 16000)
      }
    }
  }

  @Test func aCutLastPartIsNamed() throws {
    let bytes = try Self.fixture("tone.mp3")
    try withFile("a.mp3", bytes + bytes.prefix(bytes.count * 7 / 10)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      guard case .truncated(path, _, 8000) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  /// Frames of MPEG 2, layer 3, 16 kHz, one channel, without sound: 576 samples each.
  static func frames(kilobits: Int, count: Int) -> [UInt8] {
    let frame: [UInt8] = [0xFF, 0xF3, UInt8(kilobits / 8) << 4 | 0x08, 0xC0]
    let length = 72 * kilobits * 1000 / 16000
    return (0..<count).flatMap { _ in frame + [UInt8](repeating: 0, count: length - 4) }
  }

  static let changing = frames(kilobits: 64, count: 4) + frames(kilobits: 8, count: 60)

  @Test func changingBitRatesWithoutATagAreRecognisedToTheEnd() throws {
    let tag = Array("TAG".utf8) + [UInt8](repeating: 0x20, count: 125)
    for (before, after) in [
      ([], []), (Array("ID3".utf8) + [3, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4], tag),
    ] {
      try withFile("a.mp3", before + Self.changing + after) { path in
        let samples = try AudioFile.read(path).samples
        #expect(samples.count >= 63 * 576)
        // The decoder's own delay is left out.
        #expect(try AudioFile.information(path).sampleCount == 64 * 576 - 529)
      }
    }
  }

  @Test func aCutFileWithoutATagIsNamed() throws {
    try withFile("a.mp3", Self.changing.dropLast(10)) { path in
      for open in [{ _ = try AudioFile.read(path) }, { _ = try AudioFile.information(path) }] {
        let error = #expect(throws: AudioError.self) { try open() }
        #expect(
          error?.description
            == "\(path): is cut short after \(63 * 576 - 529) samples, before its end. Copy or convert it again."
        )
      }
    }
  }

  @Test func mp3InWavIsWhole() throws {
    let format: [UInt8] = [0x55, 0, 1, 0, 0x80, 0x3E, 0, 0, 0xA0, 0x0F, 0, 0, 1, 0, 0, 0]
    let more: [UInt8] = [12, 0, 1, 0, 2, 0, 0, 0, 0x40, 2, 1, 0, 0, 0]
    for sound in [try Self.fixture("tone.mp3"), Self.changing] {
      let head =
        Array("RIFF".utf8) + bytes([UInt32(sound.count + 62)]) + Array("WAVEfmt ".utf8)
        + bytes([30 as UInt32]) + format + more
      // The number of samples counts what the encoder added.
      let fact = Array("fact".utf8) + bytes([4, 65 * 576] as [UInt32])
      let data = Array("data".utf8) + bytes([UInt32(sound.count)]) + sound
      try withFile("mp3.wav", head + fact + data) { path in
        let samples = try AudioFile.read(path).samples
        #expect(samples.count >= 8000)
        #expect(try AudioFile.information(path).sampleRate == 16000)
      }
      try withFile("cut.wav", head + fact + data.dropLast(sound.count / 3)) { path in
        let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
        guard case .truncated(path, _, _) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
    }
  }

  @Test(arguments: ["a.mp3", "a.wav", "a.ogg", "a.flac", "a"])
  func randomBytesAreNoSound(name: String) throws {
    var mutator = Mutator(seed: 11)
    let noise = mutator.mutated([UInt8](repeating: 0x5A, count: 20_000))
    try withFile(name, [7] + noise) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error?.description.contains("is not a known sound format") == true)
    }
  }

  @Test func damagedFilesDoNotCrash() throws {
    var mutator = Mutator(seed: 3)
    for name in ["tone.ogg", "tone.mp3", "tone.flac", "tone.aiff", "tone-ulaw.wav"] {
      let whole = try Self.fixture(name)
      for _ in 0..<40 {
        try withFile(name, mutator.mutated(whole + whole)) { path in
          _ = try? AudioFile.read(path)
          _ = try? AudioFile.information(path)
        }
      }
    }
  }
}
