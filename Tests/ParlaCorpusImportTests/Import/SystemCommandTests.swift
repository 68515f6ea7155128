import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct SystemCommandTests {
  private func shell(_ script: String, in folder: String = "/") throws -> SystemCommand.Outcome {
    try #require(SystemCommand.live.run("sh", ["-c", script], folder))
  }

  @Test func outputComplaintsAndStatusAreReported() throws {
    let outcome = try shell("echo said; echo why >&2; exit 3")
    #expect(outcome.exitStatus == 3)
    #expect(outcome.output == Data("said\n".utf8))
    #expect(outcome.reason == "why")
    #expect(try shell("exit 4").reason == "exit status 4")
    #expect(try shell("kill -TERM $$").exitStatus == 128 + SIGTERM)
  }

  @Test func programsRunInTheFolderInEnglish() throws {
    try withTemporaryFolder { folder in
      let outcome = try shell("pwd; echo $LC_ALL", in: folder + "/.")
      let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
      #expect(lines.first?.hasSuffix((folder as NSString).lastPathComponent) == true)
      #expect(lines.last == "C")
    }
  }

  @Test func muchOutputDoesNotBlock() throws {
    let outcome = try shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero")
    #expect(outcome.output.count == 1_000_000)
    #expect(outcome.errors.utf8.count == 1_000_000)
  }

  @Test func missingProgramsAndFoldersAreReported() throws {
    #expect(SystemCommand.live.run("no-such-program", [], "/") == nil)
    #expect(try shell("true", in: "/nowhere").exitStatus != 0)
  }

  @Test func brokenArchivesAreNamed() throws {
    try withTemporaryFolder { folder in
      try Data("not gzip".utf8).write(to: URL(fileURLWithPath: folder + "/list.txt.gz"))
      let error = #expect(throws: ImportError.self) {
        try SystemCommand.live.contents(ofFile: folder + "/list.txt.gz")
      }
      #expect(error?.description.contains("list.txt.gz: not in gzip format") == true)
    }
  }
}
