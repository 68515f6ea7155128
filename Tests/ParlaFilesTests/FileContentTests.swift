import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// What is read and where folders are made, when it is no plain file and no plain folder.
@Suite struct FileContentTests {
  @Test func aPipeIsReadToItsEnd() throws {
    let pipe = Pipe()
    let sent = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try pipe.fileHandleForWriting.write(contentsOf: sent)
    try pipe.fileHandleForWriting.close()
    let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    #expect(try FileContent.bytes(path) == sent)
  }

  @Test func whatMustBeAFileIsNoPipe() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pipe"
      #expect(unsafe mkfifo(path, 0o600) == 0)
      let expected = FileError.unreadable(
        path: path, reason: "it is a pipe or a socket, expected a file")
      #expect(throws: expected) { try FileContent.ofFile(path) }
      #expect(throws: expected) { try FixedMemory(mapping: path) }
      #expect(throws: expected) { try NumPyArchive(path: path) }
    }
  }

  @Test(arguments: [
    ("/dev/null", "it is a device, not a file"), ("/tmp", "it is a folder"),
    ("/dev/null/a", "Not a directory"), ("a\0b", "No such file or directory"),
  ])
  func whatIsNoFileIsNamed(path: String, reason: String) {
    let expected = FileError.unreadable(path: path, reason: reason)
    #expect(throws: expected) { try FileContent.bytes(path) }
  }

  @Test func aPathEndsAtNoZeroByte() {
    #expect(FileKind("/dev/null") == .device)
    #expect(FileKind("/dev/null\0more") == nil)
  }

  @Test func textHasNoByteOrderMark() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(Data("\u{FEFF}größe".utf8), to: folder + "/a")
      #expect(try FileContent.text(folder + "/a") == "größe")
      try AtomicFile.write(Data([0xE4]), to: folder + "/b")
      let expected = FileError.unreadable(
        path: folder + "/b", reason: "it is no text in UTF-8")
      #expect(throws: expected) { try FileContent.text(folder + "/b") }
    }
  }

  @Test func whatLiesInTheWayOfAFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      let link = folder + "/link"
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "/no/such/disk")
      try AtomicFile.write(Data(), to: folder + "/file")
      for (path, reason) in [
        (link, "\(link) is a link to /no/such/disk, where there is nothing"),
        ("\(link)/a/b", "\(link) is a link to /no/such/disk, where there is nothing"),
        ("\(folder)/file/a", "\(folder)/file is no folder"),
      ] {
        #expect(throws: FileError.unwritable(path: path, reason: reason)) { try makeFolder(path) }
        #expect(throws: FileError.unwritable(path: path + "/x", reason: reason)) {
          try AtomicFile.prepare(path + "/x")
        }
      }
      try makeFolder(folder + "/new/one")
      try makeFolder(folder + "/new/one")
      #expect(FileKind(folder + "/new/one") == .folder)
    }
  }
}
