import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct AudioFileTests {
  @Test(arguments: [
    "tone.flac", "tone.mp3", "tone.ogg", "tone.opus", "tone.sph", "tone.aiff", "tone-ulaw.wav",
    "chirp.g722",
  ])
  func bytesInMemoryAreReadAsTheirFileIs(name: String) throws {
    let path = Fixture.path("audio/\(name)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(
      try AudioFile.read(bytes: bytes, name: name, sampleRate: 16000)
        == AudioFile.read(path, sampleRate: 16000))
  }

  @Test func anErrorOfBytesInMemoryNamesThem() throws {
    #expect(throws: AudioError.empty(path: "upload.wav")) {
      try AudioFile.read(bytes: [], name: "upload.wav")
    }
    let text = Array("this is no sound".utf8)
    #expect(throws: AudioError.notAudio(path: "sound in memory", firstBytes: text)) {
      try AudioFile.read(bytes: text)
    }
  }

  @Test(arguments: [
    "tone.ogg", "tone.opus", "tone.mp3", "tone.sph", "tone.aiff", "tone.flac", "tone-ulaw.wav",
    "tone-stereo.au",
  ])
  func everyFormatGivesTheSameTone(name: String) throws {
    let path = Fixture.path("audio/" + name)
    let waveform = try AudioFile.read(path)
    let information = try AudioFile.information(path)
    let sampleRate = name.hasSuffix("opus") ? 48000 : 16000
    #expect(waveform.sampleRate == sampleRate)
    #expect(waveform.samples.count == sampleRate / 2)
    #expect(information.sampleCount == sampleRate / 2)
    #expect(information.channelCount == (name.contains("stereo") ? 2 : 1))
    #expect(information.duration == 0.5)
    // ffmpeg's sine has amplitude 1/8, so its mean square is 1/128.
    let middle = waveform.samples[sampleRate / 8..<3 * sampleRate / 8]
    let power = middle.reduce(0) { $0 + $1 * $1 } / Float(middle.count)
    #expect(abs(power - 1 / 128) < 0.0015)
  }

  @Test func channelsAreAveraged() throws {
    let header = wavHeader(channelCount: 2, bitCount: 16, dataLength: 8)
    let frames: [Int16] = [16384, -16384, 32767, 32765]
    try withFile("stereo.wav", header + bytes(frames)) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples == [0, 32766 / 32768])
    }
  }

  @Test func sixteenBitSamplesSurviveWritingAndReading() throws {
    let values: [Int16] = [-32768, -1, 0, 1, 32767, 1234]
    let waveform = Waveform(samples: values.map { Float($0) / 32768 }, sampleRate: 16000)
    try withTemporaryFolder { folder in
      for name in ["a.wav", "b.flac", "c.WAV"] {
        try AudioFile.write(waveform, to: "\(folder)/\(name)")
        #expect(try AudioFile.read("\(folder)/\(name)") == waveform)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
    }
  }

  @Test func whatOvershootsIsClippedWhenWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/loud.wav"
      try AudioFile.write(Waveform(samples: [2, -2], sampleRate: 8000), to: path)
      #expect(try AudioFile.read(path).samples == [32767 / 32768, -1])
    }
  }

  @Test func streamedWavWithoutLengthIsReadToItsEnd() throws {
    let header = wavHeader(channelCount: 1, bitCount: 16, dataLength: .max)
    try withFile("piped.wav", header + bytes([8192, -8192] as [Int16])) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples == [0.25, -0.25])
    }
  }
}

@Suite struct AudioFileErrorTests {
  @Test func missingFileAndFolderAreNamed() throws {
    #expect(throws: AudioError.missing(path: "/nowhere/a.wav")) {
      try AudioFile.read("/nowhere/a.wav")
    }
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: AudioError.unreadable(path: folder, reason: "it is a folder")) {
      try AudioFile.read(folder)
    }
  }

  @Test(arguments: ["a.wav", "a.g722"]) func emptyFileIsNamed(name: String) throws {
    try withFile(name, []) { path in
      #expect(throws: AudioError.empty(path: path)) { try AudioFile.read(path) }
      #expect(throws: AudioError.empty(path: path)) { try AudioFile.information(path) }
    }
  }

  @Test func headerWithoutSamplesIsEmpty() throws {
    try withFile("a.wav", wavHeader(channelCount: 1, bitCount: 16, dataLength: 0)) { path in
      #expect(throws: AudioError.empty(path: path)) { try AudioFile.read(path) }
    }
  }

  @Test func textIsNoSound() throws {
    let text = "wav_filename,wav_filesize,transcript\n"
    try withFile("train.csv", Array(text.utf8)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(
        error?.description.hasPrefix(
          "\(path): starts with the text \"wav_filename,wav\", which is not a known sound format. "
            + "Supported are WAV, FLAC, ") == true)
    }
    try withFile("b.wav", [0, 1, 2, 255] + [UInt8](repeating: 7, count: 100)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.information(path) }
      #expect(error?.description.contains("starts with the bytes 00 01 02 ff 07") == true)
    }
  }

  @Test(arguments: ["tone-ulaw.wav", "tone-stereo.au", "tone.sph", "tone.aiff"])
  func cutUncompressedFileIsTruncated(name: String) throws {
    try withCutFixture(name) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.information(path) }
      #expect(throws: AudioError.self) { try AudioFile.read(path) }
      guard case .truncated(path, let found, 8000) = error else {
        Issue.record("\(name): \(String(describing: error))")
        return
      }
      #expect((5000..<5600).contains(found))
    }
  }

  @Test(arguments: [("tone.mp3", 8000), ("tone.opus", nil)])
  func cutCompressedFileIsTruncated(name: String, expected: Int?) throws {
    try withCutFixture(name) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      guard case .truncated(path, let found, expected) = error else {
        Issue.record("\(name): \(String(describing: error))")
        return
      }
      #expect((4000..<6000).contains(name.hasSuffix("opus") ? found / 3 : found))
    }
  }

  @Test func cutFlacIsTruncated() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/noise.flac"
      try AudioFile.write(try AudioFile.read(Fixture.path("audio/chirp.g722")), to: path)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.prefix(whole.count * 7 / 10).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      guard case .truncated(path, _, 16000) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func damagedHeaderIsNamed() throws {
    try withFile("a.ogg", Array("OggS".utf8) + [UInt8](repeating: 0, count: 60)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(
        error?.description.hasPrefix("\(path): is damaged: the page of its Ogg at byte 0") == true)
    }
  }

  @Test func absurdSphereHeaderIsNoCrash() throws {
    let header =
      "NIST_1A\n-9223372036854775808\nsample_count -i 1099511627775\nsample_n_bytes -i 8\n"
    try withFile("a.sph", Array(header.utf8)) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error != nil)
    }
  }

  @Test func notANumberIsNamedWithItsPlace() throws {
    let header = wavHeader(channelCount: 1, bitCount: 32, dataLength: 12)
    let values: [Float] = [0.5, .nan, 0]
    try withFile("a.wav", header + bytes(values)) { path in
      #expect(throws: AudioError.notFinite(path: path, sampleIndex: 1)) {
        try AudioFile.read(path)
      }
    }
  }

  @Test func unwritablePlaceAndUnknownFormatAreNamed() {
    let waveform = Waveform(samples: [0], sampleRate: 16000)
    #expect(
      throws: AudioError.unwritable(path: "/nowhere/a.wav", reason: "No such file or directory")
    ) {
      try AudioFile.write(waveform, to: "/nowhere/a.wav")
    }
    #expect(throws: AudioError.notFinite(path: "a.wav", sampleIndex: 1)) {
      try AudioFile.write(Waveform(samples: [0, .infinity], sampleRate: 16000), to: "a.wav")
    }
    #expect(throws: AudioError.unknownOutputFormat(path: "a.xyz", fileExtension: "xyz")) {
      try AudioFile.write(waveform, to: "a.xyz")
    }
  }
}
