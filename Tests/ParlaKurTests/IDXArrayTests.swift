import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaKur

/// The bytes are those that Kur 0.7 wrote.
@Suite struct IDXArrayTests {
  @Test func floatsAreKursBytes() throws {
    let bytes: [UInt8] = [0, 0, 13, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0]
    let array = IDXArray(shape: [1, 2], values: [1, -0.5] as [Float])
    #expect(array.encoded == Data(bytes))
    #expect(try IDXArray(data: Data(bytes), path: "w.kur") == array)
  }

  @Test func integersAreKursBytes() throws {
    let bytes: [UInt8] = [0, 0, 12, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xfe]
    let array = IDXArray(shape: [2], values: [7, -2], isInteger: true)
    #expect(array.encoded == Data(bytes))
    #expect(try IDXArray(data: Data(bytes), path: "b").floats == [7, -2])
  }

  @Test(
    arguments: [
      ([8, 1, 0, 0, 0, 2, 0, 255], [0, 255]), ([9, 1, 0, 0, 0, 2, 0, 255], [0, -1]),
      ([11, 1, 0, 0, 0, 1, 255, 254], [-2]),
      ([14, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], [1.5]),
    ] as [([UInt8], [Float])])
  func otherTypesAreRead(bytes: [UInt8], values: [Float]) throws {
    #expect(try IDXArray(data: Data([0, 0] + bytes), path: "w").floats == values)
  }

  @Test(
    arguments: [
      [], [1, 0, 13, 0], [0, 0, 10, 0], [0, 0, 13, 2, 0, 0, 0, 1],
      [0, 0, 13, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0, 13, 1, 0, 0, 0, 2, 0],
    ] as [[UInt8]])
  func faultsAreReported(bytes: [UInt8]) {
    #expect(throws: KurError.self) { try IDXArray(data: Data(bytes), path: "w.kur") }
  }
}
