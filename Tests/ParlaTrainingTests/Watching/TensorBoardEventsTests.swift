import Foundation
import ParlaAcousticModel
import ParlaModelExchange
import ParlaTestSupport
import Testing

@testable import ParlaTraining

@Suite struct TensorBoardEventsTests {
  /// RFC 3720, appendix B.4.
  @Test func checksumsAreThoseOfTheStandard() {
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      unsafe bytes.withUnsafeBytes { unsafe CRC32C()($0) }
    }
    #expect(checksum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum(Array(repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(checksum(Array("123456789".utf8)) == 0xe306_9283)
  }

  /// Bytes that `tensorboard.summary.writer.record_writer.RecordWriter` of TensorBoard 2.21 writes for "parla".
  @Test func recordsAreTensorBoards() {
    let expected: [UInt8] = [
      0x05, 0, 0, 0, 0, 0, 0, 0, 0xea, 0xb2, 0x04, 0x3e, 0x70, 0x61, 0x72, 0x6c, 0x61,
      0x31, 0x27, 0x88, 0x77,
    ]
    #expect(Array(TensorBoardEvents.record(Data("parla".utf8))) == expected)
  }

  @Test func eachEventIsARecord() throws {
    try withTemporaryFolder { folder in
      let time = Date(timeIntervalSince1970: 1000)
      let events = try TensorBoardEvents(folder: folder, firstStep: 1, time: time)
      try events.add([("loss", 2.5)], step: 300, time: time)
      let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
      #expect(name.hasPrefix("events.out.tfevents.1000."))
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
      var lengths: [Int] = []
      var place = 0
      while place < bytes.count {
        let length = Int(bytes[place])
        lengths.append(length)
        place += 12 + length + 4
      }
      #expect(place == bytes.count)
      // Time 9, step 2 or 3; then the version 15, the start 4, the value 2 + 2 + 6 + 5.
      #expect(lengths == [26, 15, 27])
      let last = bytes.suffix(27 + 4).prefix(27)
      #expect(last.prefix(12) == [9, 0, 0, 0, 0, 0, 0x40, 0x8f, 0x40, 16, 0xac, 2])
      #expect(last.suffix(5) == [0x15, 0, 0, 0x20, 0x40])
    }
  }
}
