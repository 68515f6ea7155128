import Foundation
import ParlaFiles

/// What answers a request, by its path.
struct Routes: Sendable {
  let site: Site

  /// A live stream of one of the protocols.
  enum Stream: Sendable {
    case vosk
    case realtime
    case deepgram(DeepgramRequest)

    var name: String {
      switch self {
      case .vosk: "vosk"
      case .realtime: "realtime"
      case .deepgram: "deepgram"
      }
    }
  }

  private typealias Handler = @Sendable (Site, RequestHead, RequestBody) async throws -> Answer

  /// One path, or all below one that ends with a slash.
  private struct Route: Sendable {
    let method: String
    let path: String
    /// Whether it is answered without a token.
    var isOpen = false
    /// Whether pages of other origins may ask.
    var isShared = true
    let handler: Handler
  }

  private static let all: [Route] = [
    Route(method: "GET", path: "/health", isOpen: true) { site, _, _ in Self.health(site) },
    Route(method: "GET", path: "/metrics", isOpen: true) { site, head, _ in
      if site.settings.protectsMetrics { try site.access.check(head) }
      return Answer(type: "text/plain; version=0.0.4; charset=utf-8", Array(site.metrics.text.utf8))
    },
    Route(method: "GET", path: "/openapi.json", isOpen: true) { site, _, _ in
      Answer(json: OpenAPIDocument.document(site))
    },
    Route(method: "GET", path: "/v1/models") { site, _, _ in OpenAI(site: site).modelList() },
    Route(method: "GET", path: "/v1/models/") { site, head, _ in
      try OpenAI(site: site).model(String((head.path ?? "").dropFirst("/v1/models/".count)))
    },
    Route(method: "POST", path: "/v1/audio/transcriptions") { site, head, body in
      try await OpenAI(site: site).transcription(head, body)
    },
    Route(method: "POST", path: "/inference") { site, head, body in
      try await OpenAI(site: site).transcription(head, body)
    },
    Route(method: "POST", path: "/stt") { site, head, body in
      try await OpenAI(site: site).plainText(head, body)
    },
    Route(method: "POST", path: "/v1/listen") { site, head, body in
      try await Self.listen(site, head, body)
    },
  ]

  /// Answers a request, whatever it is.
  func answer(_ head: RequestHead, _ body: RequestBody) async -> Answer {
    var label = "none"
    var answer: Answer
    do {
      answer = try await find(head, body, &label)
      if case .socket = answer.body {
        site.metrics.count(route: label, status: answer.status)
        return answer
      }
    } catch is CancellationError {
      answer = RequestFailure(status: 499, message: "The client is gone.").answer
    } catch {
      let failure = RequestFailure(error)
      if failure.isOurs { site.settings.log("\(head.method) \(label): \(failure.logged)") }
      answer = label == "/v1/listen" ? DeepgramRequest.refusal(failure) : failure.answer
    }
    site.metrics.count(route: label, status: answer.status)
    answer.headers.append(("X-Content-Type-Options", "nosniff"))
    if !label.hasPrefix("/corpus") { answer.headers += Self.sharing }
    return answer
  }

  /// What lets pages of other origins read answers.
  private static let sharing = [
    (name: "Access-Control-Allow-Origin", value: "*"),
    (name: "Access-Control-Expose-Headers", value: "*"),
  ]

  private func find(
    _ head: RequestHead, _ body: RequestBody, _ label: inout String
  ) async throws -> Answer {
    guard let path = head.route else { throw RequestFailure.notFound("The path is no UTF-8.") }
    if head.method == "OPTIONS" {
      label = "preflight"
      return try preflight(head, path)
    }
    if head.isUpgrade {
      label = Self.streamPaths.contains(path) ? path : "none"
      let (stream, place) = try accept(head)
      try Self.checkUpgrade(head)
      return Answer(stream, place, head)
    }
    let matching = routes.filter {
      $0.path == path || $0.path.count > 1 && $0.path.hasSuffix("/") && path.hasPrefix($0.path)
    }
    guard let first = matching.first else {
      try site.access.check(head)
      throw RequestFailure.notFound(Self.absence(of: path))
    }
    label = first.path
    let method = head.method == "HEAD" ? "GET" : head.method
    guard let route = matching.first(where: { $0.method == method }) else {
      throw RequestFailure.method(allowed: Set(matching.map(\.method)).sorted())
    }
    if !route.isOpen {
      try site.access.check(head)
      if site.stop.isRaised { throw RequestFailure.busy("The server is stopping.") }
      try checkBody(head)
    } else if route.path != "/health" {
      try site.access.checkHost(head)
    }
    if !route.isShared { try site.access.checkOrigin(head) }
    return try await route.handler(site, head, body)
  }

  /// Why there is nothing at `path`.
  private static func absence(of path: String) -> String {
    switch path {
    case "/v1/audio/translations":
      "This server transcribes and does not translate. Use /v1/audio/transcriptions."
    case _ where path == "/corpus" || path.hasPrefix("/corpus/"):
      "The page that records a corpus is off. Start the server with --corpus FOLDER."
    default: "There is nothing at this path. GET /openapi.json lists all paths."
    }
  }

  private var routes: [Route] { Self.all + Self.pages + (site.corpus == nil ? [] : Self.corpus) }

  /// Refuses a body that is announced to be too large, or to be compressed, before any of it is read.
  private func checkBody(_ head: RequestHead) throws(RequestFailure) {
    if let coding = head.header("content-encoding"),
      !["", "identity"].contains(coding.lowercased())
    {
      throw RequestFailure(
        status: 415,
        message:
          "The body is compressed (Content-Encoding: \(coding.prefix(40))), expected it as it is. "
          + "Send it without; FLAC and Opus are small.", headers: [("Accept-Encoding", "identity")])
    }
    if let length = head.contentLength, length > site.limits.uploadBytes {
      throw .tooLarge(limit: site.limits.uploadBytes)
    }
  }

  private func preflight(_ head: RequestHead, _ path: String) throws(RequestFailure) -> Answer {
    guard !path.hasPrefix("/corpus") else { throw .method(allowed: ["GET", "POST"]) }
    var answer = Answer(status: 204, text: "")
    let asked = head.header("access-control-request-headers") ?? ""
    let safe = asked.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_, ".contains($0)) }
    answer.headers = [
      ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
      (
        "Access-Control-Allow-Headers",
        "authorization, content-type" + (safe.isEmpty ? "" : ", \(safe)")
      ),
      ("Access-Control-Max-Age", "86400"),
    ]
    return answer
  }

  private static func health(_ site: Site) -> Answer {
    guard !site.stop.isRaised else { return Answer(status: 503, json: ["status": "stopping"]) }
    guard !site.models.all.isEmpty else { return Answer(status: 503, json: ["status": "loading"]) }
    return Answer(json: ["status": "ok", "corpus": .bool(site.corpus != nil)])
  }

  private static func listen(_ site: Site, _ head: RequestHead, _ body: RequestBody) async throws
    -> Answer
  {
    guard head.header("content-type")?.lowercased().hasPrefix("application/json") != true else {
      throw RequestFailure.bad(
        "The server fetches nothing from other addresses. Send the sound itself as the body.")
    }
    let request = try DeepgramRequest(site, head)
    let transcribed = try await OpenAI(site: site).transcribed(
      body, request.model, request.decoder, format: request.format)
    return request.answer(transcribed)
  }
}

// MARK: - WebSockets

extension Routes {
  private static let streamPaths: Set<String> = ["/", "/v1/realtime", "/v1/listen"]

  /// The live stream that an upgrade asks for, and its place among all.
  ///
  /// - Throws: `RequestFailure`, before the upgrade.
  func accept(_ head: RequestHead) throws(RequestFailure) -> (stream: Stream, place: Metrics.Place)
  {
    try site.access.check(head)
    try site.access.checkOrigin(head)
    guard !site.stop.isRaised else { throw .busy("The server is stopping.") }
    let stream: Stream
    switch head.route {
    case "/":
      _ = try site.models.model(nil)
      stream = .vosk
    case "/v1/realtime":
      _ = try site.models.model(nil)
      stream = .realtime
    case "/v1/listen": stream = .deepgram(try DeepgramRequest(site, head))
    default:
      throw .notFound(
        "There is no live stream at this path, but at /, /v1/realtime and /v1/listen.")
    }
    return (stream, try site.metrics.openStream(stream.name, limit: site.limits.streams))
  }

  /// Speaks with a client until either goes.
  func run(_ stream: Stream, _ socket: Socket, _ head: RequestHead) async throws {
    switch stream {
    case .vosk: try await VoskSession(site, socket, head).run()
    case .realtime: try await RealtimeSession(site, socket, head).run()
    case .deepgram(let request): try await DeepgramSession(site, socket, request).run()
    }
  }

  /// Makes sure that a request for a WebSocket is whole (RFC 6455, 4.2.1).
  private static func checkUpgrade(_ head: RequestHead) throws(RequestFailure) {
    guard head.method == "GET" else { throw .method(allowed: ["GET"]) }
    guard head.header("sec-websocket-version") == "13" else {
      throw RequestFailure(
        status: 426, message: "The server speaks version 13 of WebSocket.",
        headers: [("Sec-WebSocket-Version", "13")])
    }
    guard (head.contentLength ?? 0) == 0, head.header("transfer-encoding") == nil else {
      throw .bad("The upgrade has a body, expected none.")
    }
    guard let key = head.header("sec-websocket-key"), !key.isEmpty, !key.contains(",") else {
      throw .bad("The upgrade has not one Sec-WebSocket-Key.")
    }
    let words = (head.header("connection") ?? "").lowercased().split { ", \t".contains($0) }
    guard words.contains("upgrade") else {
      throw .bad(
        "The upgrade has no header Connection: Upgrade. Let proxies in between forward that header."
      )
    }
  }
}

// MARK: - Pages

extension Routes {
  /// Pages come from memory: no path reaches the disk.
  private static let pages: [Route] = Page.all.map { page in
    Route(method: "GET", path: page.path, isOpen: true) { _, _, _ in page.answer }
  }

  private static let corpus: [Route] =
    Page.corpus.map { page in
      Route(method: "GET", path: page.path, isOpen: true, isShared: false) { _, _, _ in page.answer
      }
    }
    + CorpusSite.actions.map { action in
      Route(method: action.method, path: action.path, isShared: false) { site, head, body in
        guard let corpus = site.corpus else { throw RequestFailure.notFound("There is no corpus.") }
        return try await action.run(corpus, site, head, body)
      }
    }
}
