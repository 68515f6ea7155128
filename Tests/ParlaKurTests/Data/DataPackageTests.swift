import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaKur

struct DataPackageTests {
  private func package(_ text: String) throws -> DataPackage {
    try DataPackage.find(
      KurSettings(YAMLReader.value(of: text, path: "k.yml"), path: "k.yml", place: "data"), .none())
  }

  @Test func filesAreFetchedOnceAndChecked() throws {
    try withTemporaryFolder { folder in
      let source = folder + "/source.bin"
      try Data("abc".utf8).write(to: URL(fileURLWithPath: source))
      let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      let settings = "{url: 'file://\(source)', path: \(folder)/data, checksum: \(digest)}"
      let first = try package(settings)
      #expect(first.path == folder + "/data/source.bin")
      #expect(try Data(contentsOf: URL(fileURLWithPath: first.path)) == Data("abc".utf8))
      // What was damaged meanwhile is fetched again.
      try Data("abd".utf8).write(to: URL(fileURLWithPath: first.path))
      _ = try package(settings)
      #expect(try SHA256.digest(ofFile: first.path) == digest)
      let wrong = String(digest.reversed())
      #expect(throws: KurError.self) {
        _ = try package("{url: 'file://\(source)', path: \(folder)/other, checksum: \(wrong)}")
      }
      #expect(throws: KurError.self) { _ = try package("{path: \(source), checksum: \(wrong)}") }
      // What is there stays until a right one has arrived.
      for (place, checksum) in [("file:///nowhere", digest), ("file://\(folder)", wrong)] {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: first.path))
        #expect(throws: KurError.self) {
          _ = try package(
            "{url: '\(place)/source.bin', path: \(folder)/data, checksum: \(checksum)}")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: first.path)) == Data("mine".utf8))
        #expect(throws: KurError.self) {
          _ = try package("{url: '\(place)/source.bin', path: \(folder)/data, checksum: abc}")
        }
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/data") == ["source.bin"])
    }
  }

  @Test func whatIsNotThereIsNamed() {
    for text in [
      "{path: /nowhere/corpus}", "{}",
      "{url: 'file:///nowhere/parla-missing-package', path: \(NSTemporaryDirectory())}",
      "{url: 'gopher://host/x'}", "{url: 'http://'}", "{url: 'http:///x'}",
      "{url: 'https://host/'}",
      // Nobody listens there.
      "{url: 'http://127.0.0.1:9/x', path: \(NSTemporaryDirectory())parla-nobody}",
    ] {
      #expect(throws: KurError.self, "\(text)") { _ = try package(text) }
    }
  }
}
