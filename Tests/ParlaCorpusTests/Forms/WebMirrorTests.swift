import Foundation
import ParlaFiles
import ParlaTestSupport
import ParlaWeb
import Synchronization
import Testing

@testable import ParlaCorpus

@Suite struct WebMirrorTests {
  /// A server with files by path, which can send parts, or cannot.
  private final class Server: Sendable {
    let files: Mutex<[String: Data]>
    let asked = Mutex<[String]>([])
    let sendsParts: Bool

    init(_ files: [String: Data], sendsParts: Bool = true) {
      self.files = Mutex(files)
      self.sendsParts = sendsParts
    }

    func answer(_ requests: [WebProgram.Request]) -> [WebProgram.Answer] {
      requests.map { request in
        asked.withLock { $0.append(request.source.absoluteString) }
        guard let whole = files.withLock({ $0[request.source.path(percentEncoded: false)] }) else {
          return .init(problem: "The requested URL returned error: 404")
        }
        let bytes = sendsParts ? request.bytes : nil
        let content = bytes.map { whole[$0.clamped(to: 0..<whole.count)] } ?? whole
        try? FileManager.default.createDirectory(
          atPath: request.path.folderPath, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: request.path, contents: content)
        return .init(problem: nil)
      }
    }
  }

  private static let list = "https://example.org:8443/corpus/train.csv"
  private static let csv = Data(
    """
    wav_filename,wav_filesize,transcript
    clips/a b.wav,,one
    clips.tar#bytes=2-5&name=b.wav,,two
    "https://example.net/other/c.wav#t=1,2",,three
    /here/d.wav,,four

    """.utf8)

  private func samples(_ mirror: WebMirror) throws -> [Sample] {
    let path = try mirror.list(Self.list)
    return try mirror.fetched(try CSVForm.read(try CorpusPlace(path)).samples)
  }

  @Test func listsAndTheirRecordingsAreFetchedOnce() throws {
    try withTemporaryFolder { folder in
      let server = Server([
        "/corpus/train.csv": Self.csv, "/corpus/clips/a b.wav": Data("first".utf8),
        "/corpus/clips.tar": Data("0123456789".utf8), "/other/c.wav": Data("third".utf8),
      ])
      let mirror = WebMirror(folder: folder, fetch: server.answer)
      for _ in 0..<2 {
        let paths = try samples(mirror).map(\.audioPath)
        let root = folder + "/https/example.org:8443/corpus"
        #expect(paths[0] == root + "/clips/a b.wav")
        #expect(FileManager.default.contents(atPath: paths[0]) == Data("first".utf8))
        #expect(FileManager.default.contents(atPath: paths[1]) == Data("2345".utf8))
        #expect(paths[1].hasSuffix("-b.wav"))
        #expect(paths[2] == folder + "/https/example.net/other/c.wav#t=1,2")
        #expect(paths[3] == "/here/d.wav")
      }
      #expect(server.asked.withLock { $0.filter { $0 == Self.list }.count } == 2)
      #expect(server.asked.withLock { $0.count } == 5)
      #expect(
        server.asked.withLock { $0.contains("https://example.org:8443/corpus/clips/a%20b.wav") })
    }
  }

  @Test func whatIsMissingIsNamedAndTheRestStays() throws {
    try withTemporaryFolder { folder in
      let server = Server(
        [
          "/corpus/train.csv": Self.csv, "/corpus/clips/a b.wav": Data("first".utf8),
          "/corpus/clips.tar": Data("0123456789".utf8),
        ], sendsParts: false)
      let mirror = WebMirror(folder: folder, fetch: server.answer)
      let error = #expect(throws: CorpusError.self) { try samples(mirror) }
      let text = error?.description ?? ""
      #expect(
        text.contains("/other/c.wav: cannot be downloaded: The requested URL returned error: 404"))
      #expect(text.contains("2 of 3 files"), "\(text)")
      #expect(
        FileManager.default.fileExists(
          atPath: folder + "/https/example.org:8443/corpus/clips/a b.wav"))
      server.files.withLock { $0["/other/c.wav"] = Data("third".utf8) }
      let second = #expect(throws: CorpusError.self) { try samples(mirror) }
      #expect(second?.description.contains("does not send parts of files") == true)
    }
  }

  @Test func whatWasLeftOfAnEarlierTryIsNoList() throws {
    try withTemporaryFolder { folder in
      let mirror = WebMirror(folder: folder) { requests in
        // Nothing arrives where the server has no newer one.
        requests.map { request in
          if request.known == nil { Self.write("whole", to: request.path) }
          return .init(problem: nil)
        }
      }
      let path = try mirror.list(Self.list)
      Self.write("a part", to: path + ".part")
      #expect(try mirror.list(Self.list) == path)
      #expect(FileManager.default.contents(atPath: path) == Data("whole".utf8))
      #expect(!FileManager.default.fileExists(atPath: path + ".part"))
    }
  }

  private static func write(_ text: String, to path: String) {
    try? FileManager.default.createDirectory(
      atPath: path.folderPath, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
  }

  @Test(arguments: [
    "https://example.org", "https://example.org/", "https:///x.csv", "https://example.org/a/",
    "https://example.org/../x.csv", "https://example.org/%2e%2e/x.csv",
    "https://example.org/a%2Fb.csv", "https://example.org/a%00b.csv",
  ])
  func addressesThatNameNoFileAreRefused(address: String) throws {
    try withTemporaryFolder { folder in
      let mirror = WebMirror(folder: folder) { $0.map { _ in .init(problem: "asked") } }
      let error = #expect(throws: CorpusError.self) { try mirror.list(address) }
      guard case .badAddress? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func listsDoNotLeadOutOfTheMirror() throws {
    try withTemporaryFolder { folder in
      let mirror = WebMirror(folder: folder) { $0.map { _ in .init(problem: "asked") } }
      let root = folder + "/https/example.org/corpus"
      let samples = ["../../../../x.wav", "../../../x.wav"].map {
        Sample(audioPath: root.appendingName($0), transcript: "")
      }
      let fetched = try mirror.fetched(samples)
      #expect(fetched.map(\.audioPath) == samples.map(\.audioPath))
    }
  }
}
