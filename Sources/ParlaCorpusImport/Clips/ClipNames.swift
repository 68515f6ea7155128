import Foundation
import ParlaFiles

/// How clips are called: by their recording's path without its ending, with the passage's times.
enum ClipNames {
  /// The names that a clip of the recording at `path` may have, the best first, and the last if others have those before.
  static func choices(_ path: String, _ segment: Segment?) -> [String] {
    let times = segment.map { segment in
      let channel = segment.channel.map { "-\($0 + 1)" } ?? ""
      return "-\(milliseconds(segment.start))-\(milliseconds(segment.end))\(channel)"
    }
    let path = storable(path)
    let long = path + (times ?? "")
    return [path.withoutExtension + (times ?? ""), long, long + "~"]
  }

  /// `path` in one spelling, with names that are short enough for a file system, times and endings added: of a longer one its start
  /// and a digest of all.
  static func storable(_ path: String) -> String {
    let path = path.composed
    guard path.utf8.count > longest else { return path }
    let folders = path.folderPath.split(separator: "/").map { shortened(String($0)) }
    let file = shortened(path.fileName.withoutExtension)
    return (folders + ["\(file).\(path.fileExtension)"]).joined(separator: "/")
  }

  private static func shortened(_ name: String) -> String {
    guard name.utf8.count > longest else { return name }
    var digest = ContentDigest()
    digest.add(Data(name.utf8))
    var start = name.prefix(longest / 2)
    while start.utf8.count > longest / 2 { start.removeLast() }
    return "\(start)-\(digest.name)"
  }

  /// In bytes; file systems hold 255.
  private static let longest = 200

  private static func milliseconds(_ seconds: Double) -> String {
    let text = String(Int((seconds * 1000).rounded()))
    return String(repeating: "0", count: max(0, 7 - text.count)) + text
  }
}

extension String {
  /// The string in one spelling of its letters with accents: equal strings then have the same bytes.
  var composed: String {
    utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
  }
}
