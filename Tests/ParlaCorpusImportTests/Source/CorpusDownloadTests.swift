import Foundation
import ParlaFiles
import ParlaTestSupport
import ParlaWeb
import Synchronization
import Testing

@testable import ParlaCorpusImport

@Suite struct CorpusDownloadTests {
  /// A server that breaks off: it gives one byte at a time.
  private final class Server: Sendable {
    let content = Data("0123456789".utf8)
    let addresses = Mutex<[String]>([])

    var download: WebDownload {
      WebDownload { requests in
        requests.map { request in
          self.addresses.withLock { $0.append(request.source.absoluteString) }
          var part = FileManager.default.contents(atPath: request.path) ?? Data()
          part += self.content.dropFirst(part.count).prefix(1)
          _ = FileManager.default.createFile(atPath: request.path, contents: part)
          return .init(problem: part.count < self.content.count ? "transfer closed" : nil)
        }
      }
    }
  }

  private static let digest = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"

  @Test func whatBrokeOffIsContinuedAndChecked() throws {
    try withTemporaryFolder { folder in
      let server = Server()
      let download = CorpusDownload([
        .init(address: "https://example.org/corpus/a.tar.gz", digest: Self.digest)
      ])
      let error = #expect(throws: ImportError.self) {
        try download.run(into: folder, by: server.download)
      }
      guard case .downloadFailed(_, "transfer closed")? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/a.tar.gz"))
      try download.run(into: folder, by: server.download)
      #expect(FileManager.default.contents(atPath: folder + "/a.tar.gz") == server.content)
      // What is there is not fetched again.
      try download.run(into: folder, by: server.download)
      #expect(server.addresses.withLock { $0.count } == 10)
    }
  }

  @Test func otherContentIsRemoved() throws {
    try withTemporaryFolder { folder in
      let server = Server()
      let file = CorpusDownload.File(
        address: "https://example.org/a.tgz", digest: String(repeating: "0", count: 64))
      let download = CorpusDownload([file], mirror: "http://mirror.example/dir/")
      _ = try? download.run(into: folder, by: server.download)
      #expect(
        throws: ImportError.wrongChecksum(
          path: folder + "/a.tgz", found: Self.digest, expected: file.digest ?? "")
      ) { try download.run(into: folder, by: server.download) }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.filter { $0.hasPrefix("a") }.isEmpty)
      #expect(server.addresses.withLock { $0.last } == "http://mirror.example/dir/a.tgz")
    }
  }

  @Test func setsAreChosenAndOthersNamed() throws {
    #expect(throws: ImportError.self) { try CorpusDownload(of: "fisher", sets: []) }
    #expect(throws: ImportError.self) { try CorpusDownload(of: "librispeech", sets: ["dev"]) }
    _ = try CorpusDownload(of: "librispeech", sets: ["dev-clean"])
    for name in CorpusDownload.files.keys {
      _ = try ImporterList.named(name)
    }
  }
}
