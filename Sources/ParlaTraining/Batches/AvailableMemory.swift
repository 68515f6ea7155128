import Foundation

/// How much memory this process may still take.
package enum AvailableMemory {
  /// Bytes that are free now, of the machine and of the control group that the process is in.
  package static var bytes: Int {
    var available = Int(ProcessInfo.processInfo.physicalMemory)
    if let free = memoryInformation("/proc/meminfo") { available = min(available, free) }
    for (limit, used) in controlGroupFiles {
      if let limit = number("/sys/fs/cgroup/" + limit), let used = number("/sys/fs/cgroup/" + used)
      {
        available = min(available, max(limit - used, 0))
      }
    }
    return available
  }

  /// The files with the limit and the use of memory, in versions 1 and 2 of control groups.
  private static let controlGroupFiles = [
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
  ]

  /// `MemAvailable` of proc(5).
  private static func memoryInformation(_ path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let match = text.firstMatch(of: /MemAvailable:\s+(\d+) kB/), let kibibytes = Int(match.1)
    else { return nil }
    return kibibytes * 1024
  }

  private static func number(_ path: String) -> Int? {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
