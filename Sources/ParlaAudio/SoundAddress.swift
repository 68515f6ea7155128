import ParlaFiles
import ParlaPlatform

/// Where a recording is: a file, or a part of one.
///
/// As text it is the file's path; for a part, a `#` and the selection follow: `lecture.mp3#t=12.5,17.25` (from and to, in seconds),
/// `call.wav#channel=1` (channels count from 0), `clips.tar#bytes=512-40511&name=a.wav` (the first and the last byte of a sound file
/// in another file). A file whose name has a `#` in it is that file.
///
/// W3C Media Fragments, 4.2.1, defines `t`; bytes are counted as HTTP counts them (RFC 9110, 14.1.2). A passage that ends up to half a
/// second after the recording is cut to the recording's end.
public struct SoundAddress: Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public var path: String

  /// The bytes of the file that are a separate sound file; to its end if the upper bound is `Int.max`; nil for all.
  public var bytes: Range<Int>?

  /// The name of the sound file in these bytes; its extension identifies formats without a header.
  public var name: String?

  /// The selected passage, in seconds; to the end if the upper bound is infinite; nil for all.
  public var seconds: Range<Double>?

  /// The selected channel, from 0; nil for the mean of all.
  public var channel: Int?

  /// The address of a whole file.
  public init(path: String) { self.path = path }

  /// Reads an address.
  public init(_ text: String) {
    let plain = Self.withoutScheme(text)
    path = plain
    // Mostly there is no `#`, and the disk is not asked.
    guard let mark = plain.utf8.lastIndex(of: UInt8(ascii: "#")),
      !FileManager.default.fileExists(atPath: plain)
    else { return }
    var part = SoundAddress(path: String(plain[..<mark]))
    for pair in plain[plain.utf8.index(after: mark)...].split(separator: "&") {
      guard part.read(pair) else { return }
    }
    guard part != SoundAddress(path: part.path) else { return }
    self = part
  }

  /// How many seconds after the recording a passage may end, since lists round: as Kaldi's `extract-segments` has it.
  static let longestOvershoot = 0.5

  /// Whether a passage of a recording of `duration` seconds ends too late to be one of that recording.
  func overshoots(_ duration: Double) -> Bool {
    guard let end = seconds?.upperBound, end.isFinite else { return false }
    return end > duration + Self.longestOvershoot
  }

  /// What follows the `#` of a path that names a file and something impossible of it; nil for other paths.
  static func impossiblePart(in path: String) -> String? {
    guard let mark = path.utf8.lastIndex(of: UInt8(ascii: "#")) else { return nil }
    let part = String(path[path.utf8.index(after: mark)...])
    guard ["t=", "channel=", "bytes="].contains(where: { part.hasPrefix($0) }),
      FileKind(String(path[..<mark])) == .regular
    else { return nil }
    return part
  }

  /// Takes one `key=value`; false where it is none that an address has.
  private mutating func read(_ pair: Substring) -> Bool {
    let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2 else { return false }
    switch words[0] {
    case "t":
      let ends = words[1].split(separator: ",", omittingEmptySubsequences: false)
      let start = ends[0].isEmpty ? 0 : finiteNumber(ends[0], as: Double.self)
      let end = ends.count < 2 ? .infinity : finiteNumber(ends[1], as: Double.self)
      guard ends.count <= 2, let start, let end, start >= 0, start < end else { return false }
      seconds = start..<end
    case "channel":
      guard let number = Int(words[1]), number >= 0 else { return false }
      channel = number
    case "bytes":
      let ends = words[1].split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count == 2, let first = Int(ends[0]), first >= 0 else { return false }
      guard !ends[1].isEmpty else {
        bytes = first..<Int.max
        return true
      }
      guard let last = Int(ends[1]), last >= first, last < Int.max else { return false }
      bytes = first..<last + 1
    case "name":
      guard let decoded = percentDecoded(words[1]) else { return false }
      name = decoded
    default: return false
    }
    return true
  }

  /// The address as text.
  public var description: String {
    var parts: [String] = []
    if let bytes {
      parts.append(
        "bytes=\(bytes.lowerBound)-"
          + (bytes.upperBound == Int.max ? "" : "\(bytes.upperBound - 1)"))
    }
    if let name { parts.append("name=\(percentEncoded(name))") }
    if let seconds {
      let end = seconds.upperBound.isFinite ? ",\(Self.shown(seconds.upperBound))" : ""
      parts.append("t=\(Self.shown(seconds.lowerBound))\(end)")
    }
    if let channel { parts.append("channel=\(channel)") }
    return parts.isEmpty ? path : "\(path)#\(parts.joined(separator: "&"))"
  }

  /// Whether a passage or one channel is selected, rather than the whole sound file.
  package var isPassage: Bool { seconds != nil || channel != nil }

  /// The bytes of the sound file, passages and channels apart.
  ///
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`.
  package func content() throws(AudioError) -> [UInt8] { try SourceFile(self).bytes() }

  /// The recording's name, which identifies formats without a header.
  public var formatName: String { name ?? path }

  private static func shown(_ seconds: Double) -> String {
    Int(exactly: seconds).map(String.init) ?? "\(seconds)"
  }

  /// The path of a `file:` address, RFC 8089; other texts as they are.
  private static func withoutScheme(_ text: String) -> String {
    guard text.hasPrefix("file:"), let path = URL(string: text)?.path, path.hasPrefix("/") else {
      return text
    }
    let mark = text.firstIndex(of: "#").map { String(text[$0...]) } ?? ""
    return path + mark
  }
}
