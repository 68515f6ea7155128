import ParlaFiles

/// The head of an HTTP request.
struct RequestHead: Sendable {
  let method: String
  /// Without the query, its escapes resolved; nil where they are no UTF-8.
  let path: String?
  let query: [(name: String, value: String)]
  let headers: [(name: String, value: String)]
  /// Where it comes from, without the port.
  let address: String

  init(
    method: String, target: String, headers: [(name: String, value: String)], address: String = ""
  ) {
    self.method = method
    self.address = address
    let (host, target) = Self.apart(target)
    // The host of the target is the one that counts (RFC 9112, 3.2.2).
    self.headers =
      host.map { host in headers.filter { $0.name.lowercased() != "host" } + [("Host", host)] }
      ?? headers
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = percentDecoded(String(parts.first ?? ""))
    query = parts.count < 2 ? [] : Self.fields(String(parts[1]))
  }

  /// The host and the rest of a target as proxies get it, `http://HOST/PATH`; the host is nil for all others.
  private static func apart(_ target: String) -> (host: String?, rest: String) {
    let scheme = ["http://", "https://"].first { target.lowercased().hasPrefix($0) }
    guard let scheme else { return (nil, target) }
    let place = target.dropFirst(scheme.count)
    let host = place.prefix { $0 != "/" && $0 != "?" }
    let rest = place.dropFirst(host.count)
    return (String(host), rest.hasPrefix("/") ? String(rest) : "/" + rest)
  }

  /// The path without a slash at its end.
  var route: String? {
    path.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
  }

  /// The values of all headers called `name`, in any case, joined.
  func header(_ name: String) -> String? {
    let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  /// The last value of `name` in the query.
  func queryValue(_ name: String) -> String? { query.last { $0.name == name }?.value }

  /// All values of `name` in the query.
  func queryValues(_ name: String) -> [String] {
    query.filter { $0.name == name }.map(\.value)
  }

  /// How many bytes the body is announced to have.
  var contentLength: Int? { header("content-length").flatMap { Int($0) } }

  /// `a=1&b=2`; what cannot be read is left out.
  static func fields(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: "&").compactMap { field in
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { percentDecoded($0.map { $0 == "+" ? " " : String($0) }.joined()) }
      guard let name = parts.first ?? nil else { return nil }
      guard parts.count > 1 else { return (name, "") }
      return parts[1].map { (name, $0) }
    }
  }
}

/// The body of a request, piece by piece; it is read no faster than it is consumed.
final class RequestBody {
  private let source: () async throws -> [UInt8]?
  private let limit: Int
  /// How many bytes have come.
  private(set) var count = 0

  /// At most `limit` bytes from `source`, which gives nil at the end.
  init(limit: Int, source: @escaping () async throws -> [UInt8]?) {
    self.limit = limit
    self.source = source
  }

  /// The next bytes; nil after the last.
  ///
  /// - Throws: `RequestFailure` of status 413 beyond the limit.
  func next() async throws -> [UInt8]? {
    guard let bytes = try await source() else { return nil }
    count += bytes.count
    guard count <= limit else { throw RequestFailure.tooLarge(limit: limit) }
    return bytes
  }

  /// All of it, at most `most` bytes.
  func collect(upTo most: Int) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try await next() {
      all += bytes
      guard all.count <= most else { throw RequestFailure.tooLarge(limit: most) }
    }
    return all
  }
}

/// What is sent back for a request.
struct Answer: Sendable {
  var status = 200
  var headers: [(name: String, value: String)] = []
  var body: Body

  /// The content: known, or written while it comes to be.
  enum Body: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (_ write: @Sendable ([UInt8]) async throws -> Void) async throws -> Void)
    /// None: the connection becomes a WebSocket, over which the stream speaks.
    case socket(Routes.Stream, Metrics.Place)
  }

  init(status: Int = 200, type: String, _ bytes: [UInt8]) {
    self.status = status
    headers = [("Content-Type", type)]
    body = .bytes(bytes)
  }

  /// The answer to a request that became a live stream.
  init(_ stream: Routes.Stream, _ place: Metrics.Place, _ head: RequestHead) {
    status = 101
    body = .socket(stream, place)
    if let chosen = head.chosenSocketProtocol { headers = [("Sec-WebSocket-Protocol", chosen)] }
    if case .deepgram(let request) = stream { headers.append(("dg-request-id", request.id)) }
  }

  init(status: Int = 200, type: String = "text/plain; charset=utf-8", text: String) {
    self.init(status: status, type: type, Array(text.utf8))
  }

  init(status: Int = 200, json: JSONValue) {
    self.init(status: status, type: "application/json", Array(json.line.utf8))
  }

  /// Server-sent events (WHATWG HTML, 9.2), each a line of data.
  init(
    events:
      @escaping @Sendable (_ send: @Sendable (JSONValue) async throws -> Void) async throws -> Void
  ) {
    headers = [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache")]
    body = .stream { write in
      try await events { event in try await write(Array("data: \(event.line)\n\n".utf8)) }
      try await write(Array("data: [DONE]\n\n".utf8))
    }
  }
}

/// A message of a WebSocket (RFC 6455).
enum SocketMessage: Sendable, Equatable {
  case text(String)
  case binary([UInt8])
  /// The server is about to stop: what has been said so far is to be finished.
  case stopping
}

/// One end of a WebSocket, for one task that reads and any that write.
final class Socket {
  /// The next message; nil when the client is gone.
  let receive: () async throws -> SocketMessage?
  let sender: SocketSender

  init(sender: SocketSender, receive: @escaping () async throws -> SocketMessage?) {
    self.sender = sender
    self.receive = receive
  }
}

/// Where replies of a WebSocket go; each waits until the client reads.
struct SocketSender: Sendable {
  /// Sends a text.
  let send: @Sendable (String) async throws -> Void
  /// Ends the connection with a code of RFC 6455, 7.4, and a reason.
  let close: @Sendable (_ code: Int, _ reason: String) async throws -> Void

  func send(_ json: JSONValue) async throws { try await send(json.line) }
}
