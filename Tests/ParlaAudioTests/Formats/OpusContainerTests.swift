import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// Opus in WebM and MP4, whole and cut.
@Suite struct OpusContainerTests {
  /// 20 ms of silence.
  static let packet: [UInt8] = [0xF8, 0xFF, 0xFE]

  /// A number with its highest byte first.
  static func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * (width - 1 - $0))) }
  }

  static func element(_ identifier: [UInt8], _ content: [UInt8], isOpen: Bool = false) -> [UInt8] {
    identifier + (isOpen ? [0x01] + [UInt8](repeating: 0xFF, count: 7) : [0x01])
      + (isOpen ? [] : number(content.count, 7)) + content
  }

  /// A WebM of 10 packets; without sizes as browsers write it while they record.
  static func webM(isOpen: Bool) -> [UInt8] {
    let head = Array("OpusHead".utf8) + [1, 1, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0]
    let track =
      element([0xD7], [1]) + element([0x86], Array("A_OPUS".utf8))
      + element([0x63, 0xA2], head)
    let blocks = (0..<10).flatMap { _ in element([0xA3], [0x81, 0, 0, 0x80] + packet) }
    let content =
      element([0x16, 0x54, 0xAE, 0x6B], element([0xAE], track))
      + element([0x1F, 0x43, 0xB6, 0x75], blocks, isOpen: isOpen)
    return element([0x1A, 0x45, 0xDF, 0xA3], [])
      + element([0x18, 0x53, 0x80, 0x67], content, isOpen: isOpen)
  }

  static func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
    number(content.count + 8, 4) + Array(kind.utf8) + content
  }

  /// An MP4 of 10 packets with its index before or after them.
  static func mp4(indexComesFirst: Bool) -> [UInt8] {
    func index(_ offset: Int) -> [UInt8] {
      let entry = box(
        "Opus", [UInt8](repeating: 0, count: 28) + box("dOps", [0, 1] + number(0, 9)))
      let tables =
        box("stsd", number(1, 8) + entry) + box("stsz", number(3, 8) + number(10, 4))
        + box("stsc", number(1, 8) + number(1, 4) + number(10, 4) + number(1, 4))
        + box("stco", number(1, 8) + number(offset, 4))
      let media = box("mdia", box("minf", box("stbl", tables)))
      return box("moov", box("trak", box("tkhd", number(0, 12) + number(1, 4)) + media))
    }
    let start = box("ftyp", Array("isom".utf8) + number(0, 4))
    let sound = box("mdat", (0..<10).flatMap { _ in packet })
    let offset = start.count + (indexComesFirst ? index(0).count : 0) + 8
    return start + (indexComesFirst ? index(offset) + sound : sound + index(offset))
  }

  static let files: [(name: String, bytes: [UInt8])] = [
    ("sized.webm", webM(isOpen: false)), ("open.webm", webM(isOpen: true)),
    ("first.mp4", mp4(indexComesFirst: true)), ("last.mp4", mp4(indexComesFirst: false)),
  ]

  @Test(arguments: files) func wholeFilesAreRecognisedToTheEnd(name: String, bytes: [UInt8]) throws
  {
    try withFile(name, bytes) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples.count == 9600)
      let information = try AudioFile.information(path)
      #expect(information.sampleCount == 9600 && information.sampleRate == 48000)
    }
  }

  @Test(arguments: files.filter { $0.name != "open.webm" })
  func cutFilesAreNamed(name: String, bytes: [UInt8]) throws {
    // Without the last packet, and of the file whose index comes last without all of that.
    let left = name == "last.mp4" ? 60 : bytes.count - 3
    try withFile(name, Array(bytes[..<left])) { path in
      for open in [{ _ = try AudioFile.read(path) }, { _ = try AudioFile.information(path) }] {
        let error = #expect(throws: AudioError.self) { try open() }
        let text = error?.description ?? ""
        let isNamed = text.contains("is cut short after 8640 samples") || text.contains("was cut")
        #expect(isNamed && text.hasPrefix(path), "\(text)")
      }
    }
  }

  @Test func otherSoundInAnMP4IsNamedWithTheConversion() throws {
    var bytes = Self.mp4(indexComesFirst: true)
    let opus = Array("Opus".utf8)
    let found = bytes.indices.dropLast(4).first { bytes[$0..<$0 + 4].elementsEqual(opus) }
    let place = try #require(found)
    bytes.replaceSubrange(place..<place + 4, with: Array("mp4a".utf8))
    try withFile("other.m4a", bytes) { path in
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(
        error?.description == "\(path): found AAC sound in an MP4, which is not supported. "
          + "Convert it with: ffmpeg -i IN OUT.wav")
    }
  }

  @Test func aRecordingThatABrowserDidNotEndIsReadToItsEnd() throws {
    try withFile("open.webm", Self.webM(isOpen: true).dropLast(2)) { path in
      let samples = try AudioFile.read(path).samples
      #expect(samples.count == 8640)
    }
  }
}
