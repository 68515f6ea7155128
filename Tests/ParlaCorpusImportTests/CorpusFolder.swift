import Foundation
import ParlaAudio
import ParlaCorpus

@testable import ParlaCorpusImport

/// A tiny corpus on disk, and what importing it gives.
struct CorpusFolder {
  /// The folder with the corpus; the output is next to it.
  let root: String

  init(_ folder: String) { root = folder + "/corpus" }

  var output: String { root + "-output" }

  /// Writes `text` to `path`.
  func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes `data` to `path`.
  func write(_ data: Data, to path: String) throws {
    let file = "\(root)/\(path)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: file))
  }

  /// Writes tones of `seconds` to `paths`: a WAV or FLAC, whatever it is called.
  func writeTones(_ paths: String..., seconds: Double = 2) throws {
    for path in paths { try write(try Self.tone(seconds), to: path) }
  }

  /// A WAV file of `seconds`.
  static func tone(_ seconds: Double, rate: Int = 8000) throws -> Data {
    let samples = (0..<Int(seconds * Double(rate))).map { Float(0.3 * sin(0.2 * Double($0))) }
    let path = NSTemporaryDirectory() + "/tone-\(UUID().uuidString).wav"
    try AudioFile.write(Waveform(samples: samples, sampleRate: rate), to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// Imports the corpus, or `source` in it.
  func imported(
    _ name: String, source: String = "",
    _ change: (inout SourceImportSettings) throws -> Void = { _ in }
  ) throws -> SourceImport.Result {
    var settings = SourceImportSettings()
    try change(&settings)
    return try SourceImport(
      name, source: source.isEmpty ? root : "\(root)/\(source)", outputFolder: output,
      settings: settings
    ).run()
  }

  /// The transcripts of a set, sorted.
  func transcripts(_ set: String) throws -> [String] {
    try samples(set).map(\.transcript).sorted()
  }

  /// The samples of a set; none if its CSV has none.
  func samples(_ set: String) throws -> [Sample] {
    do { return try Manifest(path: "\(output)/\(set).csv").samples } catch CorpusError.noSamples {
      return []
    }
  }

  /// The transcripts of train, dev and test, sorted.
  func allTranscripts() throws -> [String] {
    try ["train", "dev", "test"].flatMap(transcripts).sorted()
  }
}

/// Archives, made byte by byte.
enum MadeArchive {
  /// A tar (ustar, POSIX.1-1988) with `members`.
  static func tar(_ members: [(name: String, content: Data)]) -> Data {
    var archive = Data()
    for (name, content) in members {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at position: Int) {
        for (index, byte) in text.utf8.enumerated() { header[position + index] = byte }
      }
      put(name, at: 0)
      put("0000644\0", at: 100)
      let size = String(content.count, radix: 8)
      put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
      put("00000000000", at: 136)
      put("        0", at: 148)
      put("ustar\u{0}00", at: 257)
      let sum = header.reduce(0) { $0 + Int($1) }
      let digits = String(sum, radix: 8)
      put(String(repeating: "0", count: 6 - digits.count) + digits + "\0 ", at: 148)
      archive += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
    return archive + [UInt8](repeating: 0, count: 1024)
  }

  /// A zip (PKWARE APPNOTE 6.3, stored, names in UTF-8) with `members`.
  static func zip(_ members: [(name: String, content: Data)]) -> Data {
    var archive = Data()
    var directory = Data()
    for (name, content) in members {
      var common = Data()
      common.put(20, bytes: 2)
      common.put(0x800, bytes: 2)
      common.put(0, bytes: 2)
      common.put(0x21_0000, bytes: 4)
      common.put(Int(checksum(content)), bytes: 4)
      common.put(content.count, bytes: 4)
      common.put(content.count, bytes: 4)
      common.put(name.utf8.count, bytes: 2)
      common.put(0, bytes: 2)
      directory += [0x50, 0x4B, 1, 2, 20, 3] + common
      directory.put(0, bytes: 2)
      directory.put(0, bytes: 2)
      directory.put(0, bytes: 2)
      directory.put(0o100644 << 16, bytes: 4)
      directory.put(archive.count, bytes: 4)
      directory += Data(name.utf8)
      archive += [0x50, 0x4B, 3, 4] + common + Data(name.utf8) + content
    }
    var end = Data([0x50, 0x4B, 5, 6, 0, 0, 0, 0])
    end.put(members.count, bytes: 2)
    end.put(members.count, bytes: 2)
    end.put(directory.count, bytes: 4)
    end.put(archive.count, bytes: 4)
    end.put(0, bytes: 2)
    return archive + directory + end
  }

  /// CRC-32 (ISO 3309), bit by bit.
  private static func checksum(_ data: Data) -> UInt32 {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }
}

extension Data {
  /// Adds the low `bytes` of `value`, the lowest first.
  fileprivate mutating func put(_ value: Int, bytes: Int) {
    for index in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }
}
