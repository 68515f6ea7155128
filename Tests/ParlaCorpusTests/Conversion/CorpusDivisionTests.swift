import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

@Suite struct CorpusDivisionTests {
  private func write(_ name: String, _ count: Int, in folder: String) throws -> String {
    let rows = (0..<count).map { "/\(name)-\($0).wav,,text \($0)\n" }.joined()
    let path = "\(folder)/\(name).csv"
    try Data(("wav_filename,wav_filesize,transcript\n" + rows).utf8).write(
      to: URL(fileURLWithPath: path))
    return path
  }

  @Test func theSameDivisionIsRepeatedAndMayGrow() throws {
    try withTemporaryFolder { folder in
      let (one, two) = (try write("one", 40, in: folder), try write("two", 20, in: folder))
      let output = folder + "/parts"
      let first = try CorpusDivision.write([one], to: output, by: .sentence)
      #expect(first.train + first.dev + first.test == 40)
      #expect(try CorpusDivision.write([one], to: output, by: .auto) == first)
      let grown = try CorpusDivision.write([one, two], to: output, by: .sentence)
      #expect(grown.train + grown.dev + grown.test == 60)
      #expect(
        throws: CorpusError.otherSplit(folder: output, names: ["train.csv", "dev.csv", "test.csv"])
      ) {
        try CorpusDivision.write([two], to: output, by: .sentence)
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func onAFullDiskTheEarlierDivisionStays() throws {
    try withTemporaryFolder { folder in
      let (one, two) = (try write("one", 40, in: folder), try write("two", 20, in: folder))
      let output = folder + "/parts"
      _ = try CorpusDivision.write([one], to: output, by: .sentence)
      let before = try FileContent.text(output + "/train.csv")
      try FileManager.default.removeItem(atPath: output + "/dev.csv")
      try FileManager.default.createSymbolicLink(
        atPath: output + "/dev.csv", withDestinationPath: "/dev/full")
      let error = #expect(throws: CorpusError.self) {
        try CorpusDivision.write([one, two], to: output, by: .sentence)
      }
      #expect(error?.description.contains("dev.csv: cannot be written: No space left") == true)
      #expect(try FileContent.text(output + "/train.csv") == before)
    }
  }

  @Test func otherFilesAreNotReplacedNorTheSources() throws {
    try withTemporaryFolder { folder in
      let train = try write("train", 20, in: folder)
      let test = try write("test", 5, in: folder)
      let before = try FileContent.text(test)
      let error = #expect(throws: CorpusError.self) {
        try CorpusDivision.write([train], to: folder, by: .sentence)
      }
      #expect(
        error?.description
          == "\(folder): found train.csv, test.csv, which no split of these corpora has written, expected none. "
          + "Choose another --output.")
      #expect(try FileContent.text(test) == before)
      let all = try write("all", 20, in: folder)
      let parts = folder + "/parts"
      _ = try CorpusDivision.write([all], to: parts, by: .sentence)
      #expect(throws: CorpusError.self) {
        try CorpusDivision.write(
          [all, "\(parts)/train.csv[weight=2]"], to: parts, by: .sentence)
      }
    }
  }

  @Test func aTargetWithoutAFormIsNamed() throws {
    try withTemporaryFolder { folder in
      let source = try write("all", 2, in: folder)
      for (name, words) in [
        (
          "x.foo",
          "x.foo: the extension names no format. Use .csv, .sdb or .tar, or pass --to with one of sdb, "
        ),
        ("x", "x: no extension names a format. Use .csv"),
      ] {
        let error = #expect(throws: CorpusError.self) {
          try CorpusConversion([source], to: name).run()
        }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
      }
    }
  }

  @Test func aFolderOfTablesIsNotToBeImportedAgain() throws {
    try withTemporaryFolder { folder in
      let train = try write("train", 2, in: folder)
      try Data("a\n".utf8).write(to: URL(fileURLWithPath: folder + "/alphabet.txt"))
      let error = #expect(throws: CorpusError.self) { try Manifest(path: folder) }
      #expect(
        error?.description == "\(folder): a folder, expected a file. It has tables: pass \(train)")
    }
  }
}
