import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct AtomicFileTests {
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
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["state.json"])
    }
  }

  @Test func unwritableFolderIsNamed() {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(Data(), to: "/nowhere/at/all.json")
    }
    #expect(
      error?.description.hasPrefix("/nowhere/at/all.json: cannot be written: No such file") == true)
  }
}
