import Foundation
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaCorpusImport

@Suite struct DebianPackagesTests {
  /// APT and dpkg as the test wants them; keeps what was called.
  private final class FakeSystem: Sendable {
    let calls = Mutex<[String]>([])
    let downloadFails: Bool
    let hasAPT: Bool
    let knowsPackages: Bool

    init(downloadFails: Bool = false, hasAPT: Bool = true, knowsPackages: Bool = true) {
      self.downloadFails = downloadFails
      self.hasAPT = hasAPT
      self.knowsPackages = knowsPackages
    }

    var command: SystemCommand {
      SystemCommand { program, arguments, folder in
        program == "dpkg"
          ? self.unpack(arguments[1], to: arguments[2]) : self.apt(arguments, in: folder)
      }
    }

    private func apt(_ arguments: [String], in folder: String) -> SystemCommand.Outcome? {
      guard hasAPT else { return nil }
      let name = arguments.last ?? ""
      if arguments.contains("--print-uris") {
        return knowsPackages
          ? outcome(output: "'http://a/\(name)_1_all.deb' \(name)_1_all.deb 5 SHA256:0\n")
          : outcome(errors: "E: Unable to locate package \(name)\n", status: 100)
      }
      calls.withLock { $0.append("download \(name)") }
      let file = URL(fileURLWithPath: "\(folder)/\(name)_1_all.deb")
      try? Data((downloadFails ? "hal" : "whole").utf8).write(to: file)
      return downloadFails
        ? outcome(
          errors: "W: odd\nE: Failed to fetch http://a  Could not resolve 'a'\nE: Again\n",
          status: 100) : outcome()
    }

    private func unpack(_ file: String, to root: String) -> SystemCommand.Outcome {
      calls.withLock { $0.append("unpack \((file as NSString).lastPathComponent)") }
      let content = FileManager.default.contents(atPath: file) ?? Data()
      guard content == Data("whole".utf8) else {
        return outcome(errors: "dpkg-deb: error: unexpected end of file\n", status: 2)
      }
      try? content.write(to: URL(fileURLWithPath: root + "/content"))
      return outcome()
    }

    private func outcome(
      output: String = "", errors: String = "", status: Int32 = 0
    ) -> SystemCommand.Outcome {
      SystemCommand.Outcome(exitStatus: status, output: Data(output.utf8), errors: errors)
    }
  }

  /// The message with which fetching `sounds` fails.
  private func message(_ system: FakeSystem) throws -> String? {
    try withTemporaryFolder { folder in
      let packages = DebianPackages(folder: folder, command: system.command)
      let error = #expect(throws: ImportError.self) {
        try packages.unpack(["sounds"], progress: { _ in })
      }
      #expect(FileManager.default.fileExists(atPath: folder + "/sounds_1_all.deb") == false)
      return error?.description
    }
  }

  @Test func fetchesAndUnpacksOnce() throws {
    try withTemporaryFolder { folder in
      let system = FakeSystem()
      let packages = DebianPackages(folder: folder, command: system.command)
      try packages.unpack(["sounds", "texts"], progress: { _ in })
      try packages.unpack(["sounds", "texts"], progress: { _ in })
      #expect(
        system.calls.withLock { $0 } == [
          "download sounds", "unpack sounds_1_all.deb", "download texts",
          "unpack texts_1_all.deb",
        ])
      #expect(FileManager.default.fileExists(atPath: packages.root + "/content"))
      #expect(FileManager.default.fileExists(atPath: folder + "/partial") == false)
    }
  }

  @Test func programsGetAbsolutePaths() throws {
    try withTemporaryFolder { folder in
      let system = FakeSystem()
      let packages = DebianPackages(folder: relativePath(folder), command: system.command)
      try packages.unpack(["sounds"], progress: { _ in })
      #expect(packages.root == folder + "/unpacked")
      #expect(FileManager.default.fileExists(atPath: folder + "/unpacked/content"))
    }
  }

  @Test func fetchedPackagesAreNotFetchedAgain() throws {
    try withTemporaryFolder { folder in
      let system = FakeSystem(hasAPT: false)
      try Data("whole".utf8).write(to: URL(fileURLWithPath: folder + "/sounds_1_all.deb"))
      try DebianPackages(folder: folder, command: system.command)
        .unpack(["sounds"], progress: { _ in })
      #expect(system.calls.withLock { $0 } == ["unpack sounds_1_all.deb"])
    }
  }

  @Test func brokenPackagesAreFetchedAgain() throws {
    try withTemporaryFolder { folder in
      let system = FakeSystem()
      try Data("hal".utf8).write(to: URL(fileURLWithPath: folder + "/sounds_1_all.deb"))
      try DebianPackages(folder: folder, command: system.command)
        .unpack(["sounds"], progress: { _ in })
      #expect(
        system.calls.withLock { $0 }
          == ["unpack sounds_1_all.deb", "download sounds", "unpack sounds_1_all.deb"])
    }
  }

  @Test func downloadThatFailsIsNamedAndNotKept() throws {
    #expect(
      try message(FakeSystem(downloadFails: true))
        == "sounds: cannot be downloaded: Failed to fetch http://a  Could not resolve 'a'. "
        + "Check the network and repeat; what is there already is kept.")
  }

  @Test func emptyListsAreNamed() throws {
    #expect(
      try message(FakeSystem(knowsPackages: false))
        == "apt-get knows no package sounds: its lists are missing or old, or this is not Debian. "
        + "Run apt-get update as root, then repeat.")
  }

  @Test func missingAPTIsReported() throws {
    #expect(try message(FakeSystem(hasAPT: false))?.contains("pass --source FOLDER") == true)
  }
}
