import ParlaPlatform

/// The processors that this process may use.
package enum Processors {
  /// How many there are to run on, or fewer where a control group of Linux (a container) has a quota of their time.
  package static let count: Int = {
    let present = ProcessInfo.processInfo.activeProcessorCount
    guard let quota = quota(root: "") else { return present }
    return max(1, min(present, Int(quota.rounded(.up))))
  }()

  /// The number of processors that the smallest quota above this process allows; nil if there is none.
  ///
  /// Supports both versions of control groups: cpu.max of version 2, cpu.cfs_quota_us and cpu.cfs_period_us of version 1
  /// (Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of Linux). `root` is prepended to every path.
  static func quota(root: String) -> Double? {
    let groups = lines(root + "/proc/self/cgroup").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    }
    let mounts = lines(root + "/proc/self/mountinfo").compactMap(Mount.init)
    let quotas = groups.flatMap { group -> [Double] in
      guard group.count == 3 else { return [] }
      let isSecond = group[1].isEmpty
      guard isSecond || group[1].split(separator: ",").contains(where: { $0 == "cpu" }) else {
        return []
      }
      return mounts.filter { isSecond ? $0.isSecondVersion : $0.controlsProcessors }
        .flatMap { mount in
          mount.folders(of: group[2]).compactMap {
            isSecond ? limit(root + $0) : oldLimit(root + $0)
          }
        }
    }
    return quotas.min()
  }

  private static func lines(_ path: String) -> [String] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map(String.init)
  }

  /// cpu.max: microseconds, or "max", in a period.
  private static func limit(_ folder: String) -> Double? {
    let words = lines(folder + "/cpu.max").first?.split(separator: " ") ?? []
    return quotient(words.first.map(String.init), words.last.map(String.init))
  }

  /// The first version's: a quota of -1 is none.
  private static func oldLimit(_ folder: String) -> Double? {
    quotient(
      lines(folder + "/cpu.cfs_quota_us").first, lines(folder + "/cpu.cfs_period_us").first)
  }

  private static func quotient(_ quota: String?, _ period: String?) -> Double? {
    guard let quota = quota.flatMap(Double.init), let period = period.flatMap(Double.init),
      quota > 0, period > 0
    else { return nil }
    return quota / period
  }

  /// Where a hierarchy of control groups is mounted (proc_pid_mountinfo(5)).
  private struct Mount {
    let root: String
    let point: String
    let isSecondVersion: Bool
    let controlsProcessors: Bool

    init?(_ line: String) {
      guard let separator = line.place(of: " - ") else { return nil }
      let first = line[..<separator.lowerBound].split(separator: " ")
      let second = line[separator.upperBound...].split(separator: " ")
      guard first.count >= 5, second.count >= 3 else { return nil }
      root = String(first[3])
      point = Self.withSpaces(first[4])
      isSecondVersion = second[0] == "cgroup2"
      controlsProcessors =
        second[0] == "cgroup" && second[2].split(separator: ",").contains { $0 == "cpu" }
    }

    /// `text` with the spaces that it writes as \\040.
    private static func withSpaces(_ text: Substring) -> String {
      var (result, rest) = ("", text)
      while let place = rest.place(of: "\\040") {
        result += rest[..<place.lowerBound] + " "
        rest = rest[place.upperBound...]
      }
      return result + rest
    }

    /// The folder of `group` and all above it.
    func folders(of group: String) -> [String] {
      let isBelow = root != "/" && (group == root || group.hasPrefix(root + "/"))
      let path = isBelow ? String(group.dropFirst(root.count)) : group
      let names = path.split(separator: "/")
      return (0...names.count).map {
        ([point] + names.prefix($0).map(String.init)).joined(separator: "/")
      }
    }
  }
}
