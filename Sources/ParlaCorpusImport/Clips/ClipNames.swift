import Foundation
import ParlaFiles

/// Gives each clip a name that no other has: its recording's path without its ending, with the passage's times.
struct ClipNames {
  private var takenBy: [String: String] = [:]

  /// The name of the clip of `sample`; the same for the same recording and passage.
  mutating func name(of sample: ListedSample) -> String {
    let path = Self.storable(sample.audio[0])
    let times = sample.segment.map { segment in
      let channel = segment.channel.map { "-\($0 + 1)" } ?? ""
      return "-\(Self.milliseconds(segment.start))-\(Self.milliseconds(segment.end))\(channel)"
    }
    for candidate in [path.withoutExtension + (times ?? ""), path + (times ?? "")] {
      let owner = takenBy[candidate, default: path]
      if owner == path {
        takenBy[candidate] = path
        return candidate
      }
    }
    return path + (times ?? "") + "~"
  }

  /// `path` in one spelling, with names that are short enough for a file system, times and endings added: of a longer one its start
  /// and a digest of all.
  private static func storable(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { $0 < 0x80 }
    let path = isPlain ? path : path.precomposedStringWithCanonicalMapping
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
