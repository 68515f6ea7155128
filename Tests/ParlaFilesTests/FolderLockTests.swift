import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct FolderLockTests {
  @Test func theSecondIsToldWhoTheFirstIs() throws {
    try withTemporaryFolder { folder in
      var first = try FolderLock(folder: folder)
      #expect(first != nil)
      let owner =
        "process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)"
      #expect(throws: FileError.inUse(folder: folder, owner: owner)) {
        try FolderLock(folder: folder)
      }
      first = nil
      #expect(try FolderLock(folder: folder) != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func whatADeadOwnerLeftLocksNothing() throws {
    try withTemporaryFolder { folder in
      try Data("process 1 on elsewhere".utf8).write(
        to: URL(fileURLWithPath: folder + "/.parla-lock"))
      #expect(try FolderLock(folder: folder) != nil)
    }
  }
}
