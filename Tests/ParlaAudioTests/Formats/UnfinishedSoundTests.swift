import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// What recorders leave that were killed before they came back to their header, and headers that are wrong.
@Suite struct UnfinishedSoundTests {
  static let samples: [Int16] = (0..<4000).map { Int16(truncatingIfNeeded: $0 &* 37) }
  static let expected = samples.map { Float($0) / 32768 }

  static func bigEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
    bytes(values.map(\.byteSwapped))
  }

  static func wave(_ length: UInt32) -> [UInt8] {
    Array(wavHeader(channelCount: 1, bitCount: 16, dataLength: 0).dropLast(4)) + bytes([length])
  }

  static var format: [UInt8] { Array(wave(0)[12..<36]) }

  static func longWave(_ length: UInt64) -> [UInt8] {
    Array("RF64".utf8) + bytes([UInt32.max]) + Array("WAVEds64".utf8) + bytes([28 as UInt32])
      + bytes([0, length, 0]) + bytes([0 as UInt32]) + format + Array("data".utf8)
      + bytes([UInt32.max])
  }

  static func audioInterchange(_ length: UInt32) -> [UInt8] {
    let rate: [UInt8] = [0x40, 0x0C, 0xFA, 0, 0, 0, 0, 0, 0, 0]
    return Array("FORM".utf8) + bigEndian([0 as UInt32]) + Array("AIFFCOMM".utf8)
      + bigEndian([18 as UInt32]) + bigEndian([1 as UInt16]) + bigEndian([0 as UInt32])
      + bigEndian([16 as UInt16]) + rate + Array("SSND".utf8) + bigEndian([length, 0, 0])
  }

  static func coreAudio(_ length: UInt64) -> [UInt8] {
    Array("caff".utf8) + [0, 1, 0, 0] + Array("desc".utf8) + bigEndian([32 as UInt64])
      + bigEndian([(16000.0).bitPattern]) + Array("lpcm".utf8)
      + bigEndian([0, 2, 1, 1, 16] as [UInt32]) + Array("data".utf8) + bigEndian([length])
      + [0, 0, 0, 0]
  }

  static func sunAudio(_ length: UInt32) -> [UInt8] {
    Array(".snd".utf8) + bigEndian([28, length, 3, 16000, 1, 0] as [UInt32])
  }

  @Test func openLengthsAreReadToTheEnd() throws {
    let little = bytes(Self.samples)
    let big = Self.bigEndian(Self.samples)
    let files: [(name: String, bytes: [UInt8])] = [
      ("0.wav", Self.wave(0) + little), ("ff.wav", Self.wave(.max) + little),
      ("0.rf64", Self.longWave(0) + little), ("ff.rf64", Self.longWave(.max) + little),
      ("0.aiff", Self.audioInterchange(0) + big), ("8.aiff", Self.audioInterchange(8) + big),
      ("0.caf", Self.coreAudio(0) + big), ("ff.caf", Self.coreAudio(.max) + big),
      ("0.au", Self.sunAudio(0) + big), ("ff.au", Self.sunAudio(.max) + big),
    ]
    for (name, content) in files {
      try withFile(name, content) { path in
        let samples = try AudioFile.read(path).samples
        #expect(samples == Self.expected, "\(name)")
        #expect(try AudioFile.information(path).sampleCount == Self.samples.count, "\(name)")
      }
    }
  }

  @Test func cutFilesOfLongLengthsAreNamed() throws {
    let length = UInt64(2 * Self.samples.count)
    let little = bytes(Self.samples)
    let big = Self.bigEndian(Self.samples)
    for (name, whole) in [
      ("a.rf64", Self.longWave(length) + little), ("a.caf", Self.coreAudio(length + 4) + big),
    ] {
      try withFile(name, whole) { path in
        let samples = try AudioFile.read(path).samples
        #expect(samples == Self.expected, "\(name)")
      }
      try withFile(name, whole.dropLast(2000)) { path in
        let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
        #expect(error?.description.contains(path) == true)
      }
    }
  }

  @Test func aLengthOfZeroBeforeOtherChunksIsRight() throws {
    let list = Array("LIST".utf8) + bytes([4 as UInt32]) + Array("INFO".utf8)
    try withFile("a.wav", Self.wave(0) + list) { path in
      #expect(throws: AudioError.empty(path: path)) { try AudioFile.read(path) }
    }
  }

  @Test func anImpossibleRateIsNamedWithItsFile() throws {
    var header = Self.wave(8000)
    header.replaceSubrange(24..<28, with: bytes([1 as UInt32]))
    try withFile("a.wav", header + bytes(Self.samples)) { path in
      let expected = AudioError.impossibleRate(path: path, found: 1)
      #expect(throws: expected) { try AudioFile.read(path, sampleRate: 16000) }
      #expect(throws: expected) { try AudioFile.information(path) }
      #expect(expected.description.hasPrefix("\(path): "))
    }
  }

  @Test func headerlessTelephonyIsReadByItsName() throws {
    for name in ["a.ul", "a.ulaw", "a.alaw"] {
      try withFile(name, [UInt8](repeating: 0xFF, count: 300)) { path in
        let waveform = try AudioFile.read(path)
        #expect(waveform.samples.count == 300 && waveform.sampleRate == 8000)
      }
    }
  }
}
