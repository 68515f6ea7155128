import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct FolderLockTests {
  @Test func theSecondIsToldWhoHoldsTheLock() throws {
    try withTemporaryFolder { folder in
      var first = try FolderLock(folder: folder)
      #expect(first != nil)
      let owner =
        "process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)"
      #expect(throws: FileError.inUse(place: folder, owner: owner)) {
        try FolderLock(folder: folder)
      }
      first = nil
      #expect(try FolderLock(folder: folder) != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func aLockOfAFileIsOfThatFileAlone() throws {
    try withTemporaryFolder { folder in
      let lock = try FolderLock(file: folder + "/a.txt")
      #expect(lock != nil)
      #expect(throws: FileError.self) { try FolderLock(file: folder + "/a.txt") }
      #expect(try FolderLock(file: folder + "/b.txt") != nil)
      #expect(try FolderLock(folder: folder) != nil)
    }
  }

  @Test func filesThatBelongTogetherAreWrittenTogether() throws {
    try withTemporaryFolder { folder in
      // Each writes its number into both files; between the two, others would come.
      DispatchQueue.concurrentPerform(iterations: 8) { number in
        for _ in 0..<20 {
          AtomicFile.together(in: folder) {
            for name in ["a", "b"] {
              try? AtomicFile.write(
                Data("\(number)".utf8), to: "\(folder)/\(name)", calls: .unsynchronized)
            }
            let texts = ["a", "b"].map { FileManager.default.contents(atPath: "\(folder)/\($0)") }
            #expect(texts == [Data("\(number)".utf8), Data("\(number)".utf8)])
          }
        }
      }
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
