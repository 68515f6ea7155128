import Foundation
import Testing

@testable import ParlaFiles

@Suite struct ProcessorsTests {
  /// A system whose files say what `files` say.
  func quota(_ files: [String: String]) throws -> Double? {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return Processors.quota(root: root.path)
  }

  static let second = "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n"
  static let first = """
    30 23 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
    31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    32 30 0:29 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset

    """

  @Test func theLeastQuotaAboveTheProcessCounts() throws {
    let found = try quota([
      "proc/self/cgroup": "0::/kube/pod/one\n", "proc/self/mountinfo": Self.second,
      "sys/fs/cgroup/kube/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/kube/pod/cpu.max": "max 100000\n",
      "sys/fs/cgroup/kube/pod/one/cpu.max": "400000 100000\n",
    ])
    #expect(found == 1.5)
  }

  @Test func theFirstVersionOfControlGroupsIsRead() throws {
    let found = try quota([
      "proc/self/cgroup": "3:cpuset:/\n2:cpu,cpuacct:/docker/abc\n",
      "proc/self/mountinfo": Self.first,
      "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "50000\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
    ])
    #expect(found == 0.5)
  }

  @Test func aContainerSeesItsOwnGroupAsTheRoot() throws {
    let found = try quota([
      "proc/self/cgroup": "2:cpu,cpuacct:/docker/abc\n",
      "proc/self/mountinfo":
        "31 30 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ])
    #expect(found == 2)
  }

  @Test func noQuotaIsNone() throws {
    #expect(try quota([:]) == nil)
    #expect(
      try quota([
        "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": Self.second,
        "sys/fs/cgroup/cpu.max": "max 100000\n",
      ]) == nil)
    #expect(
      try quota([
        "proc/self/cgroup": "2:cpu,cpuacct:/\nbroken\n", "proc/self/mountinfo": Self.first,
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ]) == nil)
    #expect(Processors.count >= 1)
  }
}
