import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct AtomicFileTests {
  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  static func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  /// The calls of a file system that has files without names, and of one that has not.
  static let fileSystems: [(name: String, calls: FileCalls)] = {
    var plain = FileCalls()
    plain.openNameless = { _ in
      errno = ENOTSUP
      return -1
    }
    return [("nameless", .system), ("plain", plain)]
  }()

  @Test func failureLeavesTheOldFileAndNoTemporaryOne() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      let path = folder + "/state.json"
      try AtomicFile.write(Data("old".utf8), to: path)
      #expect(throws: Stop.self) {
        try AtomicFile.write(to: path) { file in
          try file.append(Data("new".utf8))
          throw Stop()
        }
      }
      #expect(try Self.text(path) == "old")
      #expect(try Self.names(folder) == ["state.json"])
    }
  }

  @Test func unwritableFolderIsNamed() {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(Data(), to: "/nowhere/at/all.json")
    }
    #expect(
      error?.description.hasPrefix("/nowhere/at/all.json: cannot be written: No such file") == true)
  }

  @Test(arguments: [0, 1]) func namesOfAnyLengthThatTheSystemHoldsAreWritten(
    fileSystem: Int
  ) throws {
    try withTemporaryFolder { folder in
      let names = [
        "f", "é", String(repeating: "n", count: 255), String(repeating: "ж", count: 127),
      ].sorted()
      for name in names {
        for content in ["old", "new"] {
          let path = "\(folder)/\(name)"
          try AtomicFile.write(
            Data(content.utf8), to: path, calls: Self.fileSystems[fileSystem].calls)
          #expect(try Self.text(path) == content)
        }
      }
      #expect(try Self.names(folder) == names)
      #expect(throws: FileError.self) {
        try AtomicFile.write(Data(), to: "\(folder)/" + String(repeating: "n", count: 256))
      }
    }
  }

  @Test func aNameAloneIsOfThisFolder() throws {
    #expect("f".folderPath == "")
    #expect("a/f".folderPath == "a")
    #expect("/f".folderPath == "/")
    #expect("a//f/".folderPath == "a")
    #expect("é".fileName == "é")
    #expect("/a/b.c/d".fileExtension == "")
    #expect("a/b.tar.gz".fileExtension == "gz")
    #expect("a/b.tar.gz".withoutExtension == "a/b.tar")
    #expect(".hidden".withoutExtension == ".hidden")
    #expect("a.".fileExtension == "")
  }

  @Test(arguments: [0, 1]) func linksAreWrittenThrough(fileSystem: Int) throws {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      try files.createDirectory(atPath: folder + "/there", withIntermediateDirectories: true)
      try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/there/real"))
      try files.createSymbolicLink(atPath: folder + "/first", withDestinationPath: "second")
      try files.createSymbolicLink(atPath: folder + "/second", withDestinationPath: "there/real")
      try files.createSymbolicLink(
        atPath: folder + "/toNothing", withDestinationPath: folder + "/there/none")
      let calls = Self.fileSystems[fileSystem].calls
      try AtomicFile.write(Data("new".utf8), to: folder + "/first", calls: calls)
      try AtomicFile.write(Data("made".utf8), to: folder + "/toNothing", calls: calls)
      #expect(try files.destinationOfSymbolicLink(atPath: folder + "/first") == "second")
      #expect(try Self.text(folder + "/there/real") == "new")
      #expect(try Self.text(folder + "/there/none") == "made")
      #expect(try Self.names(folder + "/there") == ["none", "real"])
      try files.createSymbolicLink(atPath: folder + "/round", withDestinationPath: "round")
      #expect(throws: FileError.unwritable(path: folder + "/round", reason: systemReason(ELOOP))) {
        try AtomicFile.write(Data(), to: folder + "/round", calls: calls)
      }
    }
  }

  @Test(arguments: [0, 1]) func aReplacedFileKeepsItsMode(fileSystem: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/secret"
      let calls = Self.fileSystems[fileSystem].calls
      for mode in [0o600, 0o664, 0o777, 0o755] {
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        try AtomicFile.write(Data("new".utf8), to: path, calls: calls)
        #expect(try Self.mode(path) == mode)
        #expect(try Self.text(path) == "new")
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root gives files away"), arguments: [0, 1])
  func aReplacedFileKeepsItsOwner(fileSystem: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/theirs"
      try Data().write(to: URL(fileURLWithPath: path))
      #expect(unsafe chown(path, 1234, 5678) == 0)
      #expect(unsafe chmod(path, 0o4750) == 0)
      try AtomicFile.write(
        Data("new".utf8), to: path, calls: Self.fileSystems[fileSystem].calls)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect((attributes[.ownerAccountID] as? NSNumber)?.intValue == 1234)
      #expect((attributes[.groupOwnerAccountID] as? NSNumber)?.intValue == 5678)
      #expect(try Self.mode(path) == 0o4750)
    }
  }

  /// setxattr(2) and getxattr(2), which Swift does not see.
  private enum ExtendedAttribute {
    static let name = "user.parla.test"

    static func set(_ value: String, of path: String) -> Bool {
      typealias Call =
        @convention(c) (
          UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer?, Int, Int32
        ) -> Int32
      guard let symbol = unsafe dlsym(nil, "setxattr") else { return false }
      let call = unsafe unsafeBitCast(symbol, to: Call.self)
      return unsafe call(path, name, Array(value.utf8), value.utf8.count, 0) == 0
    }

    static func value(of path: String) -> String? {
      typealias Call =
        @convention(c) (
          UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int
        ) -> Int
      guard let symbol = unsafe dlsym(nil, "getxattr") else { return nil }
      let call = unsafe unsafeBitCast(symbol, to: Call.self)
      var bytes = [UInt8](repeating: 0, count: 100)
      let count = unsafe call(path, name, &bytes, bytes.count)
      return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Whether the file system of temporary files has them.
    static var areThere: Bool {
      var isSet = false
      try? withTemporaryFolder { folder in
        try Data().write(to: URL(fileURLWithPath: folder + "/file"))
        isSet = set("value", of: folder + "/file")
      }
      return isSet
    }
  }

  @Test(
    .enabled(if: ExtendedAttribute.areThere, "needs a file system with extended attributes"),
    arguments: [0, 1])
  func aReplacedFileKeepsItsExtendedAttributes(fileSystem: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      #expect(ExtendedAttribute.set("kept", of: path))
      try AtomicFile.write(
        Data("new".utf8), to: path, calls: Self.fileSystems[fileSystem].calls)
      #expect(try Self.text(path) == "new")
      #expect(ExtendedAttribute.value(of: path) == "kept")
      // One that is made through a link has those of the link's end.
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "file")
      try AtomicFile.write(
        Data("newer".utf8), to: folder + "/link", calls: Self.fileSystems[fileSystem].calls)
      #expect(ExtendedAttribute.value(of: path) == "kept")
    }
  }

  @Test func aNewFileHasTheModeThatTheUserGivesToAll() throws {
    try withTemporaryFolder { folder in
      let usual = unsafe open(folder + "/usual", O_CREAT | O_WRONLY, 0o666)
      #expect(usual >= 0)
      close(usual)
      try AtomicFile.write(Data(), to: folder + "/own")
      #expect(try Self.mode(folder + "/own") == Self.mode(folder + "/usual"))
    }
  }

  @Test func aPipeIsWrittenInto() throws {
    try withTemporaryFolder { folder in
      let pipe = folder + "/pipe"
      #expect(unsafe mkfifo(pipe, 0o600) == 0)
      // Open for reading too, so that writing need not wait for a reader.
      let reader = unsafe open(pipe, O_RDWR)
      defer { close(reader) }
      try AtomicFile.write(Data("bytes".utf8), to: pipe)
      var bytes = [UInt8](repeating: 0, count: 16)
      #expect(unsafe read(reader, &bytes, 16) == 5)
      #expect(bytes.prefix(5).elementsEqual("bytes".utf8))
      var pending = try PendingFile(replacing: pipe, isRewritten: true)
      try pending.append(Data("Whole".utf8))
      try pending.overwriteStart(Data("w".utf8))
      try pending.commit()
      #expect(unsafe read(reader, &bytes, 16) == 5)
      #expect(bytes.prefix(5).elementsEqual("whole".utf8))
      #expect(try Self.names(folder) == ["pipe"])
    }
  }

  @Test func anOpenFileGetsTheBytesWhereItStands() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/log"
      let file = unsafe open(path, O_CREAT | O_RDWR, 0o600)
      defer { close(file) }
      #expect(unsafe write(file, "before ", 7) == 7)
      try AtomicFile.write(to: "/dev/fd/\(file)") { pending in
        try pending.append(Data("dots".utf8))
        try pending.overwriteStart(Data("D".utf8))
      }
      #expect(try Self.text(path) == "before Dots")
      #expect(throws: FileError.unwritable(path: "/dev/fd/999", reason: systemReason(EBADF))) {
        try AtomicFile.write(Data(), to: "/dev/fd/999")
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func filesThatBelongTogetherStayWhereOneCannotBeWritten() throws {
    try withTemporaryFolder { folder in
      let paths = ["a", "b"].map { "\(folder)/\($0)" }
      for content in ["old", "new"] {
        try AtomicFile.write(together: paths.map { .init($0, text: content) })
        #expect(try paths.map(Self.text) == [content, content])
      }
      for failing in 0...2 {
        var parts = paths.map { AtomicFile.Part($0, text: "newer") }
        parts.insert(.init("/dev/full", text: "newer"), at: failing)
        #expect(throws: FileError.unwritable(path: "/dev/full", reason: systemReason(ENOSPC))) {
          try AtomicFile.write(together: parts)
        }
        #expect(try paths.map(Self.text) == ["new", "new"])
      }
      #expect(try Self.names(folder) == ["a", "b"])
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func devicesStayAndAFullOneIsNamed() throws {
    try AtomicFile.write(Data("away".utf8), to: "/dev/null")
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(Data("too much".utf8), to: "/dev/full")
    }
    #expect(error == .unwritable(path: "/dev/full", reason: systemReason(ENOSPC)))
    for device in ["/dev/null", "/dev/full"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: device)
      #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
    }
  }

  @Test(arguments: [0, 1]) func aDiskThatLosesWhatItShouldSyncIsReportedAndTheOldFileStays(
    fileSystem: Int
  ) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try AtomicFile.write(Data("old".utf8), to: path)
      var calls = Self.fileSystems[fileSystem].calls
      calls.synchronize = { _ in
        errno = EIO
        return -1
      }
      #expect(throws: FileError.unwritable(path: path, reason: systemReason(EIO))) {
        try AtomicFile.write(Data("new".utf8), to: path, calls: calls)
      }
      #expect(try Self.text(path) == "old")
      #expect(try Self.names(folder) == ["model"])
      // Some file systems have nothing to sync.
      calls.synchronize = { _ in
        errno = EINVAL
        return -1
      }
      try AtomicFile.write(Data("new".utf8), to: path, calls: calls)
      #expect(try Self.text(path) == "new")
    }
  }

  @Test func aFolderIsNoFile() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.unwritable(path: folder, reason: systemReason(EISDIR))) {
        try AtomicFile.write(Data(), to: folder)
      }
      #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: folder + "/new/") }
      #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: "") }
      try AtomicFile.prepare(folder + "/a/b/c")
      #expect(try Self.names(folder + "/a/b").isEmpty)
    }
  }

  @Test func whatADeadProgramLeftIsRemovedByTheNextThatWritesTheFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      let plain = Self.fileSystems[1].calls
      // A write that waits, and whose name is then known.
      var name: String?
      try AtomicFile.write(to: path, calls: plain) { file in
        name = try Self.names(folder).first
        try file.append(Data("first".utf8))
        try AtomicFile.write(Data("second".utf8), to: path, calls: plain)
        #expect(try Self.names(folder).contains(try #require(name)), "its owner lives")
      }
      #expect(try Self.text(path) == "first")
      #expect(try Self.names(folder) == ["model"])
      for calls in Self.fileSystems.map(\.calls) {
        try Data("cut".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(try #require(name))"))
        try AtomicFile.write(Data("third".utf8), to: path, calls: calls)
        #expect(try Self.names(folder) == ["model"])
        #expect(try Self.text(path) == "third")
      }
    }
  }
}
