import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

struct ArchiveUnpackingTests {
  /// An archive in the format `ustar` of POSIX.1-1988; a member that is a link has what it points to.
  private func tar(_ members: [(name: String, content: String, link: String?)]) -> Data {
    var archive = Data()
    for (name, content, link) in members {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at place: Int) {
        for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
      }
      let size = String(content.utf8.count, radix: 8)
      put(name, at: 0)
      put("0000644\0", at: 100)
      put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
      put("        ", at: 148)
      put(link == nil ? "0" : "2", at: 156)
      put(link ?? "", at: 157)
      put("ustar\000", at: 257)
      let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      put(String(repeating: "0", count: 6 - sum.count) + sum + "\0", at: 148)
      archive += Data(header) + Data(content.utf8)
      archive += Data(count: (512 - content.utf8.count % 512) % 512)
    }
    return archive + Data(count: 1024)
  }

  private func unpack(
    _ members: [(name: String, content: String, link: String?)], cut: Int = 0,
    _ body: (_ folder: String, Result<[String], any Error>) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.tar"
      try tar(members).dropLast(cut).write(to: URL(fileURLWithPath: path))
      try body(folder, Result { try ArchiveUnpacking.unpack(path, into: folder + "/in") })
    }
  }

  @Test func filesAreUnpackedAndLinksBecomeCopies() throws {
    try unpack([
      ("list.jsonl", "{}", nil), ("more/b.wav", "", "../audio/./a.wav"),
      ("audio/a.wav", "sound", nil), ("audio/c.wav", "", "nowhere.wav"),
    ]) { folder, result in
      let files = try result.get()
      #expect(
        files == ["/in/list.jsonl", "/in/audio/a.wav", "/in/more/b.wav"].map { folder + $0 })
      for name in ["audio/a.wav", "more/b.wav"] {
        let path = folder + "/in/" + name
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "sound")
        let type = try FileManager.default.attributesOfItem(atPath: path)[.type]
        #expect(type as? FileAttributeType == .typeRegular)
      }
    }
  }

  @Test(arguments: ["/etc/passwd", "../../x", "a/../../../x", "/"])
  func aLinkThatPointsOutsideRefusesAll(target: String) throws {
    try unpack([("list.jsonl", "{}", nil), ("audio/l", "", target)]) { folder, result in
      #expect(throws: ImportError.memberOutside(archive: folder + "/a.tar", member: "audio/l")) {
        _ = try result.get()
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/in"))
    }
  }

  @Test(arguments: ["../x", "/tmp/parla-outside", "a/../../x"])
  func aMemberThatPointsOutsideRefusesAll(name: String) throws {
    try unpack([("list.jsonl", "{}", nil), (name, "bad", nil)]) { folder, result in
      #expect(throws: ImportError.self) { _ = try result.get() }
      #expect(!FileManager.default.fileExists(atPath: folder + "/in"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/x"))
    }
  }

  @Test func anArchiveThatIsCutShortIsRefused() throws {
    try unpack(
      [("a.wav", String(repeating: "s", count: 5000), nil)], cut: 3000
    ) { _, result in
      #expect(throws: ImportError.self) { _ = try result.get() }
    }
  }

  @Test func nothingStaysOfAnArchiveThatIsRefused() throws {
    let good = ("a.wav", String(repeating: "s", count: 5000), String?.none)
    for (members, cut) in [
      ([good, ("../x", "bad", nil)], 0), ([good, ("b.wav", "more", nil), good], 3000),
    ] {
      try unpack(members, cut: cut) { folder, result in
        #expect(throws: ImportError.self) { _ = try result.get() }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        #expect(names == ["a.tar"])
      }
    }
  }

  @Test func filesThatWereThereStayUnlessAllIsWell() throws {
    try withTemporaryFolder { folder in
      let old = folder + "/in/a.wav"
      try FileManager.default.createDirectory(
        atPath: folder + "/in/b.wav/folder", withIntermediateDirectories: true)
      try Data("old".utf8).write(to: URL(fileURLWithPath: old))
      let path = folder + "/a.tar"
      try tar([("c.wav", "new", nil), ("b.wav", "new", nil), ("a.wav", "new", nil)])
        .write(to: URL(fileURLWithPath: path))
      #expect(throws: ImportError.self) { try ArchiveUnpacking.unpack(path, into: folder + "/in") }
      #expect(try String(contentsOfFile: old, encoding: .utf8) == "old")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/in")
      #expect(names.sorted() == ["a.wav", "b.wav"])
    }
  }
}
