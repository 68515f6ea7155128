import Foundation
import ParlaAudio
import ParlaFiles
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaServer

@Suite(.timeLimit(.minutes(10))) struct RoutesTests {
  @Test func filesBecomeTextInEveryForm() async throws {
    let site = try ServerKit.site()
    let text = try ServerKit.transcript()
    #expect(!text.isEmpty)
    func post(_ fields: [(String, String)]) async throws -> (answer: Answer, text: String) {
      try await ServerKit.ask(
        site, "POST", "/v1/audio/transcriptions", ServerKit.formHeader,
        body: ServerKit.form(fields, file: ServerKit.wav, name: "\"><script>.wav"))
    }
    let json = try await JSONValue(bytes: Array(post([("model", "whisper-1")]).text.utf8))
    #expect(json["text"]?.text == text)
    #expect(try await post([("response_format", "text")]).text == text + "\n")
    #expect(try await post([("response_format", "srt")]).text.hasPrefix("1\n00:00:00,"))
    #expect(try await post([("response_format", "vtt")]).text.hasPrefix("WEBVTT\n\n"))
    let verbose = try await JSONValue(
      bytes: Array(
        post([("response_format", "verbose_json"), ("timestamp_granularities[]", "word")]).text.utf8
      ))
    #expect(verbose["words"] != nil)
    #expect(verbose["segments"] == nil)
    do {
      let events = try await post([("stream", "true")])
      #expect(events.answer.headers.contains { $0.value.hasPrefix("text/event-stream") })
      let lines = events.text.split(separator: "\n\n").map { $0.dropFirst("data: ".count) }
      #expect(lines.last == "[DONE]")
      let told = try lines.dropLast().map { try JSONValue(bytes: Array($0.utf8)) }
      #expect(told.compactMap { $0["delta"]?.text }.joined() == text)
      #expect(told.last?["text"]?.text == text)
    }
    #expect(try await ServerKit.ask(site, "POST", "/stt", body: ServerKit.wav).text == text)
    #expect(site.metrics.uploadCount == 0)
  }

  @Test(arguments: [
    (("response_format", "yaml"), "response_format", 400),
    (("language", "klingon"), "language", 400),
    (("timestamp_granularities[]", "letter"), "timestamp_granularities", 400),
    (("translate", "true"), "translate", 400),
    (("model", "no-such"), "model", 404),
  ])
  func whatCannotBeIsRefusedWithItsName(field: (String, String), param: String, status: Int)
    async throws
  {
    let (answer, text) = try await ServerKit.ask(
      ServerKit.site(), "POST", "/v1/audio/transcriptions", ServerKit.formHeader,
      body: ServerKit.form([field], file: ServerKit.wav))
    let error = try JSONValue(bytes: Array(text.utf8))["error"]
    #expect(answer.status == status)
    #expect(error?["param"]?.text == param)
    #expect(error?.members?.keys.sorted() == ["code", "message", "param", "type"])
  }

  @Test(arguments: [
    [], Array("this is no sound".utf8), Array(ServerKit.wav.prefix(44)),
    [0x1A, 0x45, 0xDF, 0xA3, 1, 2, 3],
  ])
  func whatIsNoSoundIsTheClientsFault(bytes: [UInt8]) async throws {
    let (answer, text) = try await ServerKit.ask(
      ServerKit.site(), "POST", "/v1/audio/transcriptions", ServerKit.formHeader,
      body: ServerKit.form([], file: bytes))
    #expect(answer.status == 400)
    #expect(!text.contains("/proc/"))
    let (streamed, _) = try await ServerKit.ask(
      ServerKit.site(), "POST", "/v1/audio/transcriptions", ServerKit.formHeader,
      body: ServerKit.form([("stream", "true")], file: bytes))
    #expect(streamed.status == 400)
  }

  @Test func soundIsRecognisedWhileItArrives() async throws {
    let site = try ServerKit.site()
    let model = try site.models.model(nil)
    let upload = try Upload()
    let work = FileTranscription(site, model, nil, upload)
    // Two utterances with silence between them; the second one comes after the first one's text.
    let pause = [UInt8](repeating: 0, count: 4 * 32000)
    try upload.append(ServerKit.wavHead + ServerKit.speech + pause)
    var pieces = work.pieces.makeAsyncIterator()
    let first = await pieces.next()
    #expect(try first?.text == ServerKit.transcript())
    #expect(!upload.file.isWhole)
    try upload.append(ServerKit.speech)
    try upload.finish()
    let whole = try await work.transcribed()
    #expect(whole.transcript.text == "\(first?.text ?? "") \(await pieces.next()?.text ?? "")")
    #expect(abs(whole.duration - 7.2) < 0.01)
  }

  @Test func bareSamplesAreReadAsTheQuerySays() async throws {
    let (answer, text) = try await ServerKit.ask(
      ServerKit.site(), "POST", "/v1/listen?encoding=linear16&sample_rate=16000&keyterm=a",
      body: ServerKit.speech)
    #expect(answer.status == 200)
    #expect(try text.contains("\"transcript\":\"\(ServerKit.transcript())\""))
    let (refused, _) = try await ServerKit.ask(
      ServerKit.site(), "POST", "/v1/listen?encoding=linear16", body: ServerKit.speech)
    #expect(refused.status == 400)
  }

  @Test func utterancesAreDividedAtPauses() async throws {
    let words = [(0.0, 0.5), (1.2, 1.5), (2.4, 2.6)].map { start, end in
      Word(text: "a", start: start, end: end)
    }
    #expect(DeepgramRequest.utterances(words, apartBy: 0.8).map(\.count) == [2, 1])
    #expect(DeepgramRequest.utterances([], apartBy: 0.8).isEmpty)
    let (_, text) = try await ServerKit.ask(
      ServerKit.site(), "POST",
      "/v1/listen?encoding=linear16&sample_rate=16000&utterances=true&utt_split=60",
      body: ServerKit.speech)
    let found = try JSONValue(bytes: Array(text.utf8))["results"]?["utterances"]
    let utterances: [JSONValue] = if case .array(let all) = found { all } else { [] }
    #expect(try utterances.map { $0["transcript"]?.text } == [ServerKit.transcript()])
  }

  @Test(arguments: [
    ("whisper-1", true), ("gpt-4o-mini-transcribe-2025-12-15", true), ("nova-3-medical", true),
    ("enhanced-general", true), ("nova3", false), ("gpt-4", false),
  ])
  func namesThatClientsHaveBuiltInMeanTheModel(name: String, isKnown: Bool) throws {
    let models = try ServerKit.site().models
    #expect((try? models.model(name).name) == (isKnown ? "small" : nil))
  }

  @Test(arguments: [
    [("model", "small"), ("stream", "false")], [("prompt", "something else"), ("language", "en")],
  ])
  func fieldsMayFollowTheFile(fields: [(String, String)]) async throws {
    let site = try ServerKit.site()
    let file = ServerKit.form([], file: ServerKit.wav).dropLast("--B--\r\n".utf8.count)
    let (answer, text) = try await ServerKit.ask(
      site, "POST", "/v1/audio/transcriptions", ServerKit.formHeader,
      body: Array(file) + ServerKit.form(fields, file: nil))
    #expect(answer.status == 200)
    let json = try JSONValue(bytes: Array(text.utf8))
    #expect(try json["text"]?.text == ServerKit.transcript())
    #expect(site.metrics.uploadCount == 0)
  }

  @Test func modelsTellWhatTheyTake() async throws {
    let text = try await ServerKit.ask(ServerKit.site(), "GET", "/v1/models/small").text
    let model = try JSONValue(bytes: Array(text.utf8))
    #expect(model["hot_words"] == .bool(false))
    #expect(model["scorer"] == .null)
  }

  @Test func aRecordingThatWasCutIsRecognisedToItsEnd() async throws {
    let site = try ServerKit.site()
    let whole = try await ServerKit.ask(site, "POST", "/stt", body: ServerKit.wav).text
    let cut = try await ServerKit.ask(site, "POST", "/stt", body: Array(ServerKit.wav.dropLast()))
    #expect(cut.answer.status == 200)
    #expect(cut.text == whole)
  }

  @Test func limitsAreKept() async throws {
    let site = try ServerKit.site {
      $0.limits.uploadBytes = 1000
      $0.limits.uploads = 1
      $0.limits.streams = 1
    }
    let (announced, _) = try await ServerKit.ask(
      site, "POST", "/stt", [("Content-Length", "53687091200")])
    #expect(announced.status == 413)
    let (chunked, _) = try await ServerKit.ask(site, "POST", "/stt", body: ServerKit.wav)
    #expect(chunked.status == 413)
    let upload = try site.metrics.openUpload(limit: 1)
    let (busy, _) = try await ServerKit.ask(site, "POST", "/stt", body: [1])
    #expect(busy.status == 503)
    #expect(busy.headers.contains { $0.name == "Retry-After" })
    withExtendedLifetime(upload) {}
    let head = RequestHead(method: "GET", target: "/", headers: [])
    let (_, place) = try Routes(site: site).accept(head)
    #expect(throws: RequestFailure.self) { try Routes(site: site).accept(head) }
    withExtendedLifetime(place) {}
    #expect(
      try await ServerKit.ask(site, "GET", "/metrics").text.contains("parla_refused_total 2\n"))
    let short = try ServerKit.site { $0.limits.soundSeconds = 1 }
    #expect(
      try await ServerKit.ask(short, "POST", "/stt", body: ServerKit.wav).answer.status == 413)
  }

  @Test(arguments: [
    (AudioError.unwritable(path: "/x", reason: "No space left on device") as any Error, 507),
    (FileError.unwritable(path: "/x", reason: "No space left on device"), 507),
    (FileError.unwritable(path: "/x", reason: "Permission denied"), 500),
    (FileError.unreadable(path: "/x", reason: "Input/output error"), 500),
    (AudioError.unreadable(path: "/proc/self/fd/9", reason: "Too many open files"), 503),
    (AudioError.unreadable(path: "/proc/self/fd/9", reason: AudioError.diskFailed), 500),
    (AudioError.noLibrary(path: "/x", problem: "libsndfile is missing"), 500),
    (AudioError.unreadable(path: "/proc/self/fd/9", reason: "the WebM is broken"), 400),
    (AudioError.empty(path: "/proc/12/fd/9"), 400),
    (RecognitionError.tooManyRecordings(limit: 1), 503),
  ])
  func whatTheServerCannotDoIsNotTheClientsFault(error: any Error, status: Int) {
    let failure = RequestFailure(error)
    #expect(failure.status == status)
    #expect(failure.type == (status == 400 ? "invalid_request_error" : "server_error"))
    #expect(!failure.message.contains("/x") && !failure.message.contains("/proc"))
  }

  @Test func compressedBodiesAreRefused() async throws {
    let site = try ServerKit.site()
    for (coding, status) in [("gzip", 415), ("identity", 200)] {
      let (answer, _) = try await ServerKit.ask(
        site, "POST", "/stt", [("Content-Encoding", coding)], body: ServerKit.wav)
      #expect(answer.status == status)
    }
  }

  @Test func targetsMayBeWholeAddresses() async throws {
    let site = try ServerKit.site()
    func status(_ target: String, host: String = "localhost") async throws -> Int {
      try await ServerKit.ask(site, "GET", target, [("Host", host)]).answer.status
    }
    #expect(try await status("http://localhost:8080/v1/models?a=b") == 200)
    #expect(try await status("HTTP://127.0.0.1/health") == 200)
    #expect(try await status("http://localhost") == 200)
    #expect(try await status("http://evil.example/v1/models") == 403)
    #expect(try await status("/v1/models", host: "evil.example") == 403)
  }

  @Test func anUpgradeIsToBeWhole() async throws {
    let site = try ServerKit.site()
    let whole = [
      ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
      ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    for (path, status) in [("/v1/realtime/", 101), ("/v1/listen/", 101), ("/", 101), ("/x", 404)] {
      let (answer, _) = try await ServerKit.ask(site, "GET", path, whole)
      #expect(answer.status == status, "\(path)")
    }
    for (index, status) in [(1, 400), (2, 426), (3, 400)] {
      var part = whole
      part.remove(at: index)
      let (answer, _) = try await ServerKit.ask(site, "GET", "/", part)
      #expect(answer.status == status)
    }
    #expect(site.metrics.streamCount == 0)
  }

  @Test func everyAnswerLetsPagesReadIt() async throws {
    let site = try ServerKit.site()
    for (method, target, status) in [
      ("GET", "/health", 200), ("GET", "/v1/models", 200), ("GET", "/v1/models/small", 200),
      ("GET", "/v1/models/none", 404), ("GET", "/no/such", 404), ("GET", "/stt", 405),
      ("OPTIONS", "/stt", 204),
      ("GET", "/corpus", 404), ("GET", "/../../etc/passwd", 404),
      ("GET", "/%2e%2e/etc/passwd", 404),
    ] {
      let (answer, text) = try await ServerKit.ask(site, method, target)
      #expect(answer.status == status, "\(target)")
      #expect(answer.headers.contains { $0 == ("Access-Control-Allow-Origin", "*") })
      #expect(answer.headers.contains { $0 == ("X-Content-Type-Options", "nosniff") })
      #expect(!text.contains("root:"))
    }
  }

  @Test func theDocumentNamesEveryPath() async throws {
    let text = try await ServerKit.ask(ServerKit.site(), "GET", "/openapi.json").text
    let paths = try JSONValue(bytes: Array(text.utf8))["paths"]?.members ?? [:]
    #expect(
      Set(paths.keys) == [
        "/health", "/metrics", "/v1/models", "/v1/models/{id}", "/v1/audio/transcriptions",
        "/inference", "/stt",
        "/v1/listen",
      ])
  }

  @Test func pagesComeWithAPolicyAndLoadNothingFromElsewhere() async throws {
    let site = try ServerKit.site()
    for page in Page.all + Page.corpus {
      let head = page.answer.headers
      #expect(
        head.contains {
          $0.name == "Content-Security-Policy" && $0.value.hasPrefix("default-src 'none'")
        })
      guard case .bytes(let bytes) = page.answer.body else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.contains("//cdn") && !text.contains("https://"))
      #expect(!text.contains("innerHTML"))
    }
    #expect(try await ServerKit.ask(site, "GET", "/").text.contains("data-testid=\"mic\""))
  }
}

@Suite struct AccessTests {
  private static let secret = "0123456789abcdef"

  private static func status(
    _ headers: [(name: String, value: String)], _ target: String = "/v1/models"
  ) async throws -> Int {
    let site = try ServerKit.site { $0.tokens = [AccessToken(name: "me", text: secret)] }
    return try await ServerKit.ask(site, "GET", target, headers).answer.status
  }

  @Test func tokensComeInEveryForm() async throws {
    #expect(try await Self.status([]) == 401)
    #expect(try await Self.status([("Authorization", "Bearer wrong")]) == 401)
    #expect(try await Self.status([("Authorization", "Bearer \(Self.secret)x")]) == 401)
    #expect(try await Self.status([("Authorization", "Bearer \(Self.secret.dropLast())")]) == 401)
    for header in ["Bearer", "bearer", "Token"] {
      #expect(try await Self.status([("Authorization", "\(header) \(Self.secret)")]) == 200)
    }
    #expect(try await Self.status([("Sec-WebSocket-Protocol", "token, \(Self.secret)")]) == 200)
    #expect(
      try await Self.status([
        ("Sec-WebSocket-Protocol", "realtime, openai-insecure-api-key.\(Self.secret)")
      ]) == 200)
    #expect(try await Self.status([], "/v1/models?token=\(Self.secret)") == 200)
    #expect(try await Self.status([], "/health") == 200)
  }

  @Test func withoutATokenForeignPagesAndNamesAreRefused() async throws {
    let site = try ServerKit.site()
    func status(_ host: String) async throws -> Int {
      try await ServerKit.ask(site, "GET", "/v1/models", [("Host", host)]).answer.status
    }
    for host in [
      "localhost:8080", "127.0.0.1", "[::1]:80", "192.168.1.2:8080", "localhost.:80", "localhost.",
    ] {
      #expect(try await status(host) == 200)
    }
    #expect(try await status("evil.example") == 403)
    let routes = Routes(site: site)
    func accept(_ origin: String) throws {
      _ = try routes.accept(
        RequestHead(
          method: "GET", target: "/", headers: [("Host", "localhost:80"), ("Origin", origin)]))
    }
    try accept("http://localhost:80")
    for origin in ["http://evil.example", "null", "http://localhost:81"] {
      #expect(throws: RequestFailure.self) { try accept(origin) }
    }
  }

  @Test func nobodyListensBeyondTheMachineWithoutAToken() throws {
    var settings = try ServerKit.settings()
    settings.host = "0.0.0.0"
    #expect(throws: ServerError.openToAll(host: "0.0.0.0")) { try SpeechServer(settings) }
    settings.tokens = [AccessToken(name: "anna", text: Self.secret)]
    #expect(throws: ServerError.openWyoming(host: "0.0.0.0")) { try SpeechServer(settings) }
    settings.isOpenToAll = true
    _ = try SpeechServer(settings)
  }

  @Test func aTokenFileHasNamesAndNotes() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/tokens"
      for end in ["\n", "\r\n"] {
        try "# who\(end)anna \(Self.secret)\(end)\(end)\(Self.secret)2\(end)".write(
          toFile: path, atomically: true, encoding: .utf8)
        #expect(
          try AccessToken.read(path) == [
            AccessToken(name: "anna", text: Self.secret),
            AccessToken(name: "line 4", text: Self.secret + "2"),
          ])
      }
      try "short\n".write(toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: ServerError.badToken(path: path, line: 1, found: "a token of 5 signs")) {
        try AccessToken.read(path)
      }
    }
  }
}
