import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct TemporaryFileTests {
  @Test func whatIsWrittenByItsPathIsReadByItAndLeavesNoName() throws {
    try withTemporaryFolder { folder in
      for (name, calls) in AtomicFileTests.fileSystems {
        var file: TemporaryFile? = try TemporaryFile(in: folder, calls: calls)
        let path = try #require(file?.path)
        try AtomicFile.write(Data("first ".utf8), to: path)
        try file?.append(Data("second".utf8))
        #expect(try file?.contents() == Data("first second".utf8), "\(name)")
        #if os(Linux)
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #endif
        file = nil
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      }
    }
  }

  @Test func aFolderThatIsMissingIsNamed() {
    #expect(
      throws: FileError.unwritable(path: "/nowhere/at/all", reason: systemReason(ENOENT))
    ) { try TemporaryFile(in: "/nowhere/at/all") }
  }

  @Test func aTemporaryFolderGoesWithItsObjectAndTakesThePlaceOfAnOldOne() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/partial"
      try FileManager.default.createDirectory(
        atPath: path + "/old", withIntermediateDirectories: true)
      var temporary: TemporaryFolder? = try TemporaryFolder(path: path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
      try Data().write(to: URL(fileURLWithPath: path + "/new"))
      _ = temporary
      temporary = nil
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }
}
