#if Server
  import NIOCore
  import NIOHTTP1

  /// Answers the requests of a connection, one after another.
  struct HTTPConnection: Sendable {
    typealias Channel = NIOAsyncChannel<
      HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
    >
    typealias Writer = NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>

    let site: Site

    /// How much a refused client may still send before it is cut off.
    private static let mostDrained = 1 << 20

    /// The parts of requests, which one task reads.
    private final class Parts {
      private var iterator: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
      /// Whether the body of the present request has come to its end.
      private(set) var isAtEnd = true

      init(_ stream: NIOAsyncChannelInboundStream<HTTPServerRequestPart>) {
        iterator = stream.makeAsyncIterator()
      }

      func head() async throws -> HTTPRequestHead? {
        while let part = try await iterator.next() {
          guard case .head(let head) = part else { continue }
          isAtEnd = false
          return head
        }
        return nil
      }

      /// The next bytes of the body; nil at its end.
      func bytes() async throws -> [UInt8]? {
        guard !isAtEnd else { return nil }
        switch try await iterator.next() {
        case .body(let buffer): return Array(buffer: buffer)
        case .end, .head:
          isAtEnd = true
          return nil
        case nil:
          // The client is gone in the middle of its request.
          throw CancellationError()
        }
      }
    }

    /// Answers until the client or the server has had enough.
    func serve(_ channel: Channel) async {
      // A client that goes in the middle of a request is no error.
      try? await channel.executeThenClose { inbound, outbound in
        let parts = Parts(inbound)
        while let head = try await parts.head() {
          guard try await answer(head, parts, outbound, channel.channel) else { return }
        }
      }
    }

    /// Answers a request; false where the connection is not to be used again.
    private func answer(
      _ head: HTTPRequestHead, _ parts: Parts, _ outbound: Writer, _ channel: any NIOCore.Channel
    ) async throws -> Bool {
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
      let mayContinue = head.isKeepAlive && !isUnread && !site.stop.isRaised && answer.status != 413
      try await write(answer, to: head, keepsAlive: mayContinue, outbound)
      guard !mayContinue else { return true }
      if isUnread { try await drain(parts, outbound, channel) }
      return false
    }

    /// Reads a little of the unwanted input: closing at once would keep the answer from a client that is still sending.
    private func drain(_ parts: Parts, _ outbound: Writer, _ channel: any NIOCore.Channel)
      async throws
    {
      outbound.finish()
      let end = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
      defer { end.cancel() }
      var count = 0
      while count < Self.mostDrained, let bytes = try await parts.bytes() { count += bytes.count }
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
      }
      try await outbound.write(.end(nil))
    }
  }

  /// Lets a live stream speak over a WebSocket.
  struct SocketConnection: Sendable {
    let site: Site

    /// Runs the stream until either goes.
    func serve(
      _ channel: NIOAsyncChannel<SocketMessage, SocketReply>, _ stream: Routes.Stream,
      _ head: RequestHead
    ) async {
      // A client that goes in the middle of a stream is no error.
      try? await channel.executeThenClose { inbound, outbound in
        var messages = inbound.makeAsyncIterator()
        let sender = SocketSender { text in
          try await outbound.write(.text(text))
        } close: { code, reason in
          try await outbound.write(.close(code: code, reason: reason))
        }
        do {
          let socket = Socket(sender: sender) { try await messages.next() }
          try await Routes(site: site).run(stream, socket, head)
        } catch is CancellationError {
          return
        } catch {
          guard channel.channel.isActive else { return }
          let failure = RequestFailure(error)
          let isOurs = failure.status >= 500
          if isOurs { site.settings.log("\(stream.name): \(failure.message)") }
          try await sender.close(isOurs ? 1011 : 1008, failure.message)
        }
        // The client answers the close, or is cut off: what it has not read is not to be lost.
        let loop = channel.channel.eventLoop
        let end = loop.scheduleTask(in: .seconds(2)) { channel.channel.close(promise: nil) }
        while try await messages.next() != nil {}
        end.cancel()
      }
    }
  }
#endif
