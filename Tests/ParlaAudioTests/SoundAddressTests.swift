import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct SoundAddressTests {
  @Test(arguments: [
    "a.wav", "/x/y z.mp3#t=1.5,3.25", "a.wav#t=2", "a.wav#channel=1", "a.wav#t=0,2&channel=0",
    "b.tar#bytes=512-1023&name=a%2Fb%26.wav", "b.ark#bytes=17-",
    "b.sdb#bytes=1-2&name=0.mozopus&t=0,1",
  ])
  func addressesAreTheirText(text: String) {
    #expect(SoundAddress(text).description == text)
    if text.contains("#") { #expect(SoundAddress(text).path == String(text.prefix { $0 != "#" })) }
  }

  @Test(arguments: [
    "a#b.wav", "a.wav#", "a.wav#t=3,2", "a.wav#t=x", "a.wav#bytes=5-4", "a#t=1#u=2",
  ])
  func otherTextsArePaths(text: String) {
    #expect(SoundAddress(text) == SoundAddress(path: text))
  }

  @Test func fileAddressesLeadToFiles() {
    #expect(SoundAddress("file:///tmp/a%20b.wav") == SoundAddress(path: "/tmp/a b.wav"))
    #expect(SoundAddress("file:///a.wav#t=1,2").seconds == 1..<2)
  }

  @Test func aFileThatIsCalledSoIsThatFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.wav#t=1,2"
      try Data([1]).write(to: URL(fileURLWithPath: path))
      #expect(SoundAddress(path) == SoundAddress(path: path))
    }
  }

  @Test func passagesAreExactInEveryFormat() throws {
    try withTemporaryFolder { folder in
      let sound = Waveform(
        samples: (0..<16000).map { Float(SixteenBits.integer(Float($0 % 1000) / 2000)) / 32768 },
        sampleRate: 8000)
      for ending in ["wav", "flac"] {
        let path = "\(folder)/a.\(ending)"
        try AudioFile.write(sound, to: path)
        let part = try AudioFile.read(path + "#t=0.5,1.25")
        #expect(part.samples == Array(sound.samples[4000..<10000]))
        #expect(try AudioFile.information(path + "#t=0.5,1.25").duration == 0.75)
        #expect(try AudioFile.read(path + "#t=1.5").samples == Array(sound.samples[12000...]))
        // Lists round, but not by seconds.
        #expect(try AudioFile.read(path + "#t=1.9,2.4").samples.count == 800)
        #expect(try AudioFile.information(path + "#t=1.9,2.4").sampleCount == 800)
        for passage in ["#t=3,4", "#t=1.9,9", "#t=0,2.6", "#t=1e+300"] {
          #expect(throws: AudioError.outside(path: path + passage, duration: 2)) {
            try AudioFile.read(path + passage)
          }
          #expect(throws: AudioError.outside(path: path + passage, duration: 2)) {
            try AudioFile.information(path + passage)
          }
        }
        // A joined file is read, not sought in.
        let twice = try Data(contentsOf: URL(fileURLWithPath: path))
        if ending == "flac" {
          try (twice + twice).write(to: URL(fileURLWithPath: path))
          #expect(
            try AudioFile.read(path + "#t=1.5,2.5").samples
              == Array(sound.samples[12000...] + sound.samples[..<4000]))
        }
      }
    }
  }

  @Test func aChannelThatIsNotThereIsNamed() throws {
    let samples = bytes([1000, -2000, 3000, -4000] as [Int16])
    let stereo = wavHeader(channelCount: 2, bitCount: 16, dataLength: 8) + samples
    try withFile("a.wav", stereo) { path in
      let second = try AudioFile.read(path + "#channel=1").samples
      #expect(second == [-2000.0 / 32768, -4000.0 / 32768])
      let expected = AudioError.noChannel(path: path + "#channel=2", channel: 2, count: 2)
      #expect(throws: expected) { try AudioFile.read(path + "#channel=2") }
      #expect(throws: expected) { try AudioFile.information(path + "#channel=2") }
    }
  }

  @Test(arguments: ["t=0.5,0.2", "t=-1,1", "channel=-1", "bytes=9-2"])
  func impossiblePartsOfAFileThatIsThereAreNamed(part: String) throws {
    try withFile("a.wav", [1]) { path in
      let address = "\(path)#\(part)"
      let expected = AudioError.impossiblePart(path: address, found: part)
      #expect(throws: expected) { try AudioFile.read(address) }
      #expect(throws: expected) { try AudioFile.information(address) }
      #expect(throws: AudioError.missing(path: path + "#two")) { try AudioFile.read(path + "#two") }
      #expect(throws: AudioError.missing(path: "\(path)b#\(part)")) {
        try AudioFile.read("\(path)b#\(part)")
      }
    }
  }

  @Test func bytesBeyondTheFileAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.bin"
      try Data(count: 100).write(to: URL(fileURLWithPath: path))
      #expect(throws: AudioError.self) { try AudioFile.read(path + "#bytes=50-200") }
      #expect(try SoundAddress(path + "#bytes=90-").content().count == 10)
    }
  }
}
