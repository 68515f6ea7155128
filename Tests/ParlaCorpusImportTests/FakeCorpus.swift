import Foundation
import ParlaAudio

@testable import ParlaCorpusImport

/// Small corpora in the shape in which Debian's packages unpack, with tones and noise for speech.
struct FakeCorpus {
  /// The folder that holds `usr/`.
  let root: String

  /// Writes `text` to `path` under the root.
  func write(_ text: String, to path: String) throws {
    let file = "\(root)/\(path)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
  }

  /// Writes a tone of `hertz` between two silences to `path`; whatever it is called, it is a WAV file.
  func writeTone(
    _ path: String, seconds: Double, hertz: Double = 300, silenceAfter: Double = 0.3
  ) throws {
    let rate = 8000
    let before = [Float](repeating: 0, count: rate / 5)
    let after = [Float](repeating: 0, count: Int(silenceAfter * Double(rate)))
    let tone = (0..<Int(seconds * Double(rate))).map {
      Float(0.2 * sin(2 * .pi * hertz * Double($0) / Double(rate)))
    }
    try write("", to: path)
    let temporary = "\(root)/tone.wav"
    try AudioFile.write(
      Waveform(samples: before + tone + after, sampleRate: rate), to: temporary)
    try FileManager.default.removeItem(atPath: "\(root)/\(path)")
    try FileManager.default.moveItem(atPath: temporary, toPath: "\(root)/\(path)")
  }

  /// Writes `seconds` of noise in G.722, the same for the same seed, to `path`.
  func writeG722(_ path: String, seconds: Double, seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    let bytes = (0..<Int(seconds * 8000)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    try write("", to: path)
    try Data(bytes).write(to: URL(fileURLWithPath: "\(root)/\(path)"))
  }

  /// Writes Asterisk's list of `prompts` in `language`, compressed, and a recording for each.
  func writeAsterisk(_ list: String, language: String, voice: String) throws {
    let path = "usr/share/doc/asterisk-core-sounds-\(language)/core-sounds-\(language).txt"
    try write(list, to: path)
    let outcome = SystemCommand.live.run("gzip", ["-n", "\(root)/\(path)"], root)
    guard outcome?.exitStatus == 0 else {
      throw ImportError.programFailed(program: "gzip", reason: outcome?.reason ?? "missing")
    }
    for (index, line) in list.split(separator: "\n").enumerated() where !line.hasPrefix(";") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, !parts[0].hasPrefix("missing") else { continue }
      try writeG722(
        "usr/share/asterisk/sounds/\(voice)/\(parts[0]).g722",
        seconds: max(0.4, Double(parts[1].count) / 12), seed: UInt64(index))
    }
  }

  /// Writes the stamp `name` of Tux Paint with its text in `language` and a tone that lasts as long.
  func writeStamp(_ name: String, _ text: String, language: String, hertz: Double) throws {
    let stamp = "usr/share/tuxpaint/stamps/\(name)"
    try write("A stamp.\nde.utf8=Etwas.\n\(language).utf8=\(text)\n", to: stamp + ".txt")
    try writeTone(
      "\(stamp)_desc_\(language).ogg", seconds: max(0.4, Double(text.count) / 12), hertz: hertz)
  }
}

/// `path` as it is reached from the working folder.
func relativePath(_ path: String) -> String {
  let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
  return String(repeating: "../", count: depth) + path.drop { $0 == "/" }
}
