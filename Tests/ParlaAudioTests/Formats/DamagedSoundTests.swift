import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// Files that are damaged, of unknown coding or no files: each is named with what is wrong, in no library's words.
@Suite struct DamagedSoundTests {
  static let samples: [Int16] = (0..<1600).map { Int16(8000 * sin(Double($0) / 5)) }

  /// A WAV of ``samples`` with `replaced` in place of its bytes from `offset` on.
  static func wav(_ offset: Int, _ replaced: [UInt8]) -> [UInt8] {
    var file = wavHeader(channelCount: 1, bitCount: 16, dataLength: 3200) + bytes(samples)
    file.replaceSubrange(offset..<offset + replaced.count, with: replaced)
    return file
  }

  @Test func whatOnlyBeginsAsAnMP3IsRefusedBeforeADecoderTriesAllOfIt() throws {
    let begin: [UInt8] = [0xFF, 0xFB, 0, 0]
    let none = (0..<50_000).flatMap { _ in begin }
    let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 10] + [UInt8](repeating: 0, count: 10)
    for bytes in [none, tag + none] {
      try withFile("none.mp3", bytes) { path in
        let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
        guard case .notAudio = error else {
          Issue.record("\(error as Any)")
          return
        }
      }
    }
    let tone = try JoinedSoundTests.fixture("tone.mp3")
    let much = Array(none.prefix(40_000))
    try withFile("much.mp3", tone + much + tone + much + tone) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(
        error?.description.contains("more than 64 KiB between the frames of an MP3") == true)
    }
    try withFile("little.mp3", tone + much + tone) { path in
      let found = try AudioFile.read(path)
      #expect(!found.samples.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("rate", 24, [0, 0, 0, 0], "its header gives 0 samples per second, expected 100"),
      ("rate", 24, [255, 255, 255, 255], "its header gives 4294967295 samples per second"),
      ("channels", 22, [0, 0], "is damaged: its header gives 0 channels"),
      ("channels", 22, [0xFF, 0xFF], "is damaged: its header gives 65535 channels"),
      ("bits", 34, [0, 0], "is damaged: its header gives 0 bits per sample"),
      (
        "coding", 20, [0x45, 0],
        "found G.726 sound in a WAV, which is not supported. Convert it with: ffmpeg"
      ),
      ("coding", 20, [0x34, 0x12], "found (format 4660) sound in a WAV"),
      ("description", 12, [0x78, 0x78], "is damaged: its WAV header has no description"),
    ] as [(String, Int, [UInt8], String)])
  func aHeaderThatMakesNoSenseIsNamed(
    name: String, offset: Int, replaced: [UInt8], words: String
  ) throws {
    try withFile("\(name).wav", Self.wav(offset, replaced)) { path in
      for open in [{ _ = try AudioFile.read(path) }, { _ = try AudioFile.information(path) }] {
        let error = #expect(throws: AudioError.self) { try open() }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("\(path): \(words)"), "\(text)")
      }
    }
  }

  @Test(arguments: ["fLaC", "FORM....AIFF", "RIFF....WAVE"]) func noiseAfterABeginningIsDamage(
    start: String
  ) throws {
    try withFile("a.wav", Array(start.utf8) + [UInt8](repeating: 0x5A, count: 400)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error?.description.hasPrefix("\(path): is damaged: ") == true, "\(error as Any)")
    }
  }

  @Test(
    arguments: [
      ([0x30, 0x26, 0xB2, 0x75], "found WMA, which is not supported. Convert it with: ffmpeg"),
      (Array("#!AMR\n".utf8), "found AMR, which is not supported."),
      (
        Array("OggS".utf8) + [0, 6] + [UInt8](repeating: 0, count: 16) + [0x39, 0x77, 0x29, 0x9E]
          + [1, 51, 0x7F] + Array("FLAC".utf8),
        "found FLAC in Ogg, which is not"
      ),
      ([0x1F, 0x8B, 0x08, 0x00], "starts with the bytes 1f 8b 08 00"),
    ] as [([UInt8], String)])
  func otherFormatsAreNamed(start: [UInt8], words: String) throws {
    try withFile("a.wav", start + [UInt8](repeating: 0x9C, count: 200)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error?.description.hasPrefix("\(path): \(words)") == true, "\(error as Any)")
    }
  }

  @Test(arguments: ["tone.ogg", "tone.opus"]) func aDamagedPageIsNamed(name: String) throws {
    var file = try JoinedSoundTests.fixture(name)
    file[file.count * 3 / 4] ^= 0x10
    try withFile(name, file) { path in
      for open in [{ _ = try AudioFile.read(path) }, { _ = try AudioFile.information(path) }] {
        let error = #expect(throws: AudioError.self) { try open() }
        guard case .damaged(path, let found) = error else {
          Issue.record("\(error as Any)")
          continue
        }
        #expect(found.contains("checksum"))
      }
    }
    file[file.count * 3 / 4] ^= 0x10
    let start = try #require(file[100...].firstRange(of: Array("OggS".utf8))?.lowerBound)
    file[start] = 0
    try withFile(name, file) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error?.description.contains("begins at byte \(start), where one should") == true)
    }
  }

  @Test func samplesThatWereNeverScaledAreNamed() throws {
    let header = wavHeader(channelCount: 1, bitCount: 32, dataLength: 6400)
    try withFile("scipy.wav", header + bytes(Self.samples.map(Float.init))) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      guard case .outOfScale(path, 1, let found) = error else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(found == Float(Self.samples[1]))
    }
    // What a mixture overshoots is clipped, as ever.
    try withFile("loud.wav", header + bytes(Self.samples.map { Float($0) / 2000 })) { path in
      let loud = try AudioFile.read(path)
      #expect(loud.samples.max() == 1)
    }
  }

  @Test func aPipeIsNoFileUnlessItIsNamedAsARecording() throws {
    try withTemporaryFolder { folder in
      let pipe = folder + "/pipe"
      #expect(unsafe mkfifo(pipe, 0o600) == 0)
      let refused = AudioError.unreadable(path: pipe, reason: "it is a pipe, not a file")
      #expect(throws: refused) { try AudioFile.read(pipe) }
      #expect(throws: refused) { try AudioFile.information(pipe) }
      #expect(
        throws: AudioError.unreadable(path: "/dev/null", reason: "it is a device, not a file")
      ) {
        try AudioFile.read("/dev/null")
      }
      let file = Self.wav(0, [])
      let writer = Thread {
        let handle = FileHandle(forWritingAtPath: pipe)
        try? handle?.write(contentsOf: Data(file))
        try? handle?.close()
      }
      writer.start()
      var reader = try SoundReader(recording: pipe, sampleRate: 16000)
      var count = 0
      while let samples = try reader.next() { count += samples.count }
      #expect(count == Self.samples.count)
    }
  }
}
