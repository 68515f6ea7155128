#if Server
  import NIOCore
  import NIOHTTP1
  import NIOWebSocket

  /// Answers the requests of a connection, one after another; each of them may turn it into a WebSocket.
  struct HTTPConnection: Sendable {
    typealias Channel = NIOAsyncChannel<ClientPart, ServerPart>
    typealias Writer = NIOAsyncChannelOutboundWriter<ServerPart>

    let site: Site

    /// So long a refused client may still send before it is cut off.
    private static let drainSeconds: Int64 = 30

    /// What becomes of the connection after an answer.
    private enum Sequel {
      case nextRequest
      /// Nothing; the client may still be sending.
      case end(isUnread: Bool)
      case socket(Routes.Stream, Metrics.Place, RequestHead)
    }

    /// Answers until the client or the server has had enough.
    func serve(_ channel: Channel) async {
      // A client that goes in the middle of a request is no error.
      try? await channel.executeThenClose { inbound, outbound in
        let parts = ConnectionParts(inbound)
        while let head = try await parts.head() {
          switch try await answer(head, parts, outbound, channel.channel) {
          case .nextRequest: continue
          case .end(let isUnread):
            try await takeLeave(parts, outbound, channel.channel, isUnread: isUnread)
            return
          case .socket(let stream, let place, let head):
            let connection = SocketConnection(site: site, channel: channel.channel)
            try await connection.serve(parts, outbound, stream, head)
            withExtendedLifetime(place) {}
            return
          }
        }
      }
    }

    private func answer(
      _ head: HTTPRequestHead, _ parts: ConnectionParts, _ outbound: Writer,
      _ channel: any NIOCore.Channel
    ) async throws -> Sequel {
      let request = RequestHead(head, channel.remoteAddress)
      var waits = request.header("expect")?.lowercased() == "100-continue"
      let body = RequestBody(limit: site.limits.uploadBytes) {
        if waits {
          waits = false
          try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
        }
        return try await parts.bytes()
      }
      let answer = await Routes(site: site).answer(request, body)
      try Task.checkCancellation()
      if head.method == .GET || head.method == .HEAD || head.method == .OPTIONS {
        // Their bodies are of no use, and short.
        while body.count < 1 << 16, try await body.next() != nil {}
      }
      let isUnread = !parts.isAtEnd
      if case .socket(let stream, let place) = answer.body, !isUnread {
        let whole = try await Self.upgrade(answer, to: head, channel)
        try await outbound.write(.upgrade(whole))
        return .socket(stream, place, request)
      }
      // NIO's parser reads nothing after a request that asks for another protocol.
      let mayContinue =
        head.isKeepAlive && !isUnread && !site.stop.isRaised && answer.status != 413
        && !head.headers.contains(name: "upgrade")
      try await write(answer, to: head, keepsAlive: mayContinue, outbound)
      guard !mayContinue else { return .nextRequest }
      return .end(isUnread: isUnread)
    }

    /// The head that accepts a WebSocket (RFC 6455, 4.2.2).
    private static func upgrade(
      _ answer: Answer, to request: HTTPRequestHead, _ channel: any NIOCore.Channel
    ) async throws -> HTTPResponseHead {
      let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
      var headers = try await upgrader.buildUpgradeResponse(
        channel: channel, upgradeRequest: request, initialResponseHeaders: [:]
      ).get()
      for (name, value) in answer.headers { headers.add(name: name, value: value) }
      return HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
    }

    /// Ends the connection once the client has its answer.
    ///
    /// Closing at once would drop what the client has not received yet, and keep the answer from one that is still sending. Who sends has
    /// some seconds; who reads slowly is left to the guard of the connection.
    private func takeLeave(
      _ parts: ConnectionParts, _ outbound: Writer, _ channel: any NIOCore.Channel, isUnread: Bool
    ) async throws {
      outbound.finish()
      let end =
        isUnread
        ? channel.eventLoop.scheduleTask(in: .seconds(Self.drainSeconds)) {
          channel.close(promise: nil)
        } : nil
      defer { end?.cancel() }
      try await parts.drain()
    }

    private func write(
      _ answer: Answer, to request: HTTPRequestHead, keepsAlive: Bool, _ outbound: Writer
    ) async throws {
      var head = HTTPResponseHead(
        version: request.version.major == 1 ? request.version : .http1_1,
        status: HTTPResponseStatus(statusCode: answer.status))
      for (name, value) in answer.headers where name != "Connection" {
        head.headers.add(name: name, value: value)
      }
      var isStream = false
      if case .stream = answer.body { isStream = true }
      // Without chunks only the end of the connection marks the end of a stream.
      let keepsAlive = keepsAlive && !(isStream && request.version == .http1_0)
      if !keepsAlive { head.headers.add(name: "Connection", value: "close") }
      switch answer.body {
      case .bytes(let bytes):
        if answer.status != 204 {
          head.headers.add(name: "Content-Length", value: "\(bytes.count)")
        }
        let hasBody = request.method != .HEAD && answer.status != 204
        try await outbound.write(.head(head))
        if hasBody, !bytes.isEmpty { try await outbound.write(.body(ByteBuffer(bytes: bytes))) }
      case .stream(let produce):
        try await outbound.write(.head(head))
        if request.method != .HEAD {
          try await produce { bytes in try await outbound.write(.body(ByteBuffer(bytes: bytes))) }
        }
      case .socket: return
      }
      try await outbound.write(.end)
    }
  }

  /// Lets a live stream speak over a WebSocket.
  struct SocketConnection {
    let site: Site
    let channel: any Channel

    /// Runs the stream until either goes.
    func serve(
      _ parts: ConnectionParts, _ outbound: HTTPConnection.Writer, _ stream: Routes.Stream,
      _ head: RequestHead
    ) async throws {
      let sender = SocketSender { text in
        try await outbound.write(.reply(.text(text)))
      } close: { code, reason in
        try await outbound.write(.reply(.close(code: code, reason: reason)))
      }
      do {
        let socket = Socket(sender: sender) { try await parts.message() }
        try await Routes(site: site).run(stream, socket, head)
      } catch is CancellationError {
        return
      } catch {
        guard channel.isActive else { return }
        let failure = RequestFailure(error)
        let isOurs = failure.status >= 500
        if isOurs { site.settings.log("\(stream.name): \(failure.logged)") }
        try await sender.close(isOurs ? 1011 : 1008, failure.message)
      }
      // The client answers the close, or is cut off: what it has not read is not to be lost.
      let channel = channel
      let end = channel.eventLoop.scheduleRepeatedTask(
        initialDelay: .seconds(2), delay: .seconds(2)
      ) { _ in
        if channel.isWritable { channel.close(promise: nil) }
      }
      while try await parts.message() != nil {}
      end.cancel()
    }
  }
#endif
