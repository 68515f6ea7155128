import Foundation
import ParlaTestSupport

/// Runs `body` with the path of a file that holds `content`.
func withFile(_ name: String, _ content: [UInt8], _ body: (String) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let path = "\(folder)/\(name)"
    try Data(content).write(to: URL(fileURLWithPath: path))
    try body(path)
  }
}

/// Runs `body` with the path of a copy of the fixture `name` of which the last three tenths are missing.
func withCutFixture(_ name: String, _ body: (String) throws -> Void) throws {
  let whole = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("audio/" + name)))
  try withFile(name, Array(whole.prefix(whole.count * 7 / 10)), body)
}

/// The 44 bytes before the samples of a WAV file: 16-bit integers, or 32-bit floating-point numbers.
func wavHeader(channelCount: UInt16, bitCount: UInt16, dataLength: UInt32) -> [UInt8] {
  let frameLength = channelCount * bitCount / 8
  let format: UInt16 = bitCount == 32 ? 3 : 1
  let riffLength = dataLength == .max ? dataLength : dataLength + 36
  return Array("RIFF".utf8) + bytes([riffLength]) + Array("WAVEfmt ".utf8) + bytes([16 as UInt32])
    + bytes([format, channelCount]) + bytes([16000, 16000 * UInt32(frameLength)])
    + bytes([frameLength, bitCount]) + Array("data".utf8) + bytes([dataLength])
}

func bytes(_ values: [some FixedWidthInteger]) -> [UInt8] {
  values.flatMap { value in
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

func bytes(_ values: [Float]) -> [UInt8] { bytes(values.map(\.bitPattern)) }
