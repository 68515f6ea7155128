import Foundation
import ParlaFiles

/// Gives each clip a name that no other has: its recording's path without its ending, with the passage's times.
struct ClipNames {
  private var takenBy: [String: String] = [:]

  /// The name of the clip of `sample`; the same for the same recording and passage.
  mutating func name(of sample: ListedSample) -> String {
    let path = sample.audio[0].precomposedStringWithCanonicalMapping
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

  private static func milliseconds(_ seconds: Double) -> String {
    let text = String(Int((seconds * 1000).rounded()))
    return String(repeating: "0", count: max(0, 7 - text.count)) + text
  }
}
