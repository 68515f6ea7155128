import Foundation
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

/// Names that are not UTF-8, which Swift reads as others, are refused and not left out.
@Suite struct SourceWalkTests {
  /// A file in `folder` whose name is written in Latin-1.
  private func makeLatinFile(in folder: String) {
    let name = [UInt8](folder.utf8) + Array("/caf".utf8) + [0xE9] + Array(".wav\0".utf8)
    let descriptor = unsafe open(name.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
  }

  @Test func aNameThatIsNoTextIsRefused() throws {
    try withTemporaryFolder { folder in
      makeLatinFile(in: folder)
      let path = folder + "/caf\u{FFFD}.wav"
      #expect(throws: ImportError.nameIsNoText(path: path)) {
        try SourceWalk(root: folder, excluding: nil).plainFiles()
      }
      // A recording by itself is one failure among others.
      let names = try AudioFile.names(in: folder)
      #expect(names == ["caf\u{FFFD}.wav"])
      let error = #expect(throws: AudioError.self) { try AudioFile.read(path) }
      #expect(error?.description.contains("is not UTF-8 text") == true)
    }
  }

  @Test func pipesAndDevicesAreLeftOut() throws {
    try withTemporaryFolder { folder in
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/a.wav"))
      for name in ["b.wav", "c.tar.gz", "t.csv"] {
        #expect(unsafe mkfifo("\(folder)/\(name)", 0o600) == 0)
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/d.txt", withDestinationPath: "/dev/zero")
      let tree = try SourceTree(folder)
      #expect(tree.files.map(\.path) == ["a.wav"])
      let names = ["b.wav", "c.tar.gz", "d.txt", "t.csv"]
      #expect(tree.leftOut.map(\.path) == names.map { "\(folder)/\($0)" })
      #expect("\(tree.leftOut[2])".hasSuffix("d.txt: left out, since it is a device, not a file."))
      let error = #expect(throws: ImportError.self) { try SourceTree(folder + "/c.tar.gz") }
      #expect(error?.description.contains("it is a pipe or a socket, expected a file") == true)
    }
  }

  @Test func archivesInEachOtherHaveALimit() throws {
    try withTemporaryFolder { folder in
      var archive = MadeArchive.tar([("a.wav", Data([1]))])
      for depth in 1...9 {
        let path = "\(folder)/\(depth).tar"
        try archive.write(to: URL(fileURLWithPath: path))
        if depth <= 8 {
          #expect(try SourceTree(path).files.map(\.path) == ["a.wav"])
        } else {
          let error = #expect(throws: ImportError.self) { try SourceTree(path) }
          #expect(error?.description.contains("expected at most 8 in each other") == true)
        }
        archive = MadeArchive.tar([("\(depth).tar", archive)])
      }
    }
  }

  @Test func aTextThatFillsTheMemoryIsNotHeld() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.tar"
      let members = [("a.txt", Data("four".utf8)), ("b.txt", Data("fives".utf8))]
      try MadeArchive.tar(members).write(to: URL(fileURLWithPath: path))
      let tree = try SourceTree(path, textLimit: 4)
      #expect(tree.files.map(\.path) == ["a.txt", "b.txt"])
      #expect(try tree.contents("a.txt") == Data("four".utf8))
      let error = #expect(throws: ImportError.self) { try tree.contents("b.txt") }
      #expect(error?.description.contains("a text too large for memory") == true)
    }
  }

  @Test func aNameThatIsTextIsListed() throws {
    try withTemporaryFolder { folder in
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/café\u{FFFD}.wav"))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/nowhere.wav", withDestinationPath: "nothing")
      let files = try SourceWalk(root: folder, excluding: nil).plainFiles()
      #expect(files.map(\.path) == ["café\u{FFFD}.wav"])
    }
  }
}
