#if Server
  import NIOCore
  import NIOHTTP1
  import NIOWebSocket

  /// Tells the guard of a connection what to expect from the client, forwards parts of requests and answers, and turns the
  /// connection into a WebSocket after any of them.
  ///
  /// NIO's own upgrade is for the first request only, but clients keep connections and use them again.
  final class RequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ClientPart
    typealias OutboundIn = ServerPart
    typealias OutboundOut = HTTPServerResponsePart

    private let guardian: ConnectionGuard
    private let limits: ServerLimits
    /// The handlers that speak HTTP, which a WebSocket has no use for; the parser is the last.
    private let handlers: [any RemovableChannelHandler]
    private var isRequestOpen = false
    private var isAnswerOpen = false
    /// Whether a client of HTTP/1.1 has sent its request and waits.
    private var isAwaited = false

    init(
      _ guardian: ConnectionGuard, _ limits: ServerLimits, _ handlers: [any RemovableChannelHandler]
    ) {
      self.guardian = guardian
      self.limits = limits
      self.handlers = handlers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let part = Self.unwrapInboundIn(data)
      switch part {
      case .head(let head):
        isRequestOpen = true
        isAwaited = head.version == .http1_1
        guardian.mayRefuse = true
        guardian.phase = .body
      case .end:
        isRequestOpen = false
        guardian.mayRefuse = !isAnswerOpen
        guardian.phase = .nothing
      case .body: break
      }
      context.fireChannelRead(Self.wrapInboundOut(.request(part)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event as? ChannelEvent == .inputClosed, isAwaited, !isRequestOpen, !isAnswerOpen {
        // Who has closed only its own side gets the answer. Who is gone does not take this, and the work ends.
        let interim = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(Self.wrapOutboundOut(.head(interim)), promise: nil)
      }
      context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      switch Self.unwrapOutboundIn(data) {
      case .head(let head):
        if head.status.code >= 200 {
          isAnswerOpen = true
          isAwaited = false
          guardian.mayRefuse = false
        }
        context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
      case .body(let buffer):
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: promise)
      case .end:
        isAnswerOpen = false
        guardian.mayRefuse = !isRequestOpen
        guardian.phase = isRequestOpen ? .body : .head(isFirst: false)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: promise)
      case .upgrade(let head): upgrade(context, head, promise)
      case .reply: promise?.fail(ChannelError.operationUnsupported)
      }
    }

    private func upgrade(
      _ context: ChannelHandlerContext, _ head: HTTPResponseHead, _ promise: EventLoopPromise<Void>?
    ) {
      guardian.phase = .stream
      context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: promise)
      let pipeline = context.pipeline.syncOperations
      do {
        try pipeline.addHandlers(
          [
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.messageBytes)),
            SocketHandler(limits),
          ], position: .after(self))
      } catch {
        context.close(promise: nil)
        return
      }
      pipeline.removeHandler(self, promise: nil)
      // The parser, at last, forwards the frames that came with the request.
      let removal = context.eventLoop.makePromise(of: Void.self)
      let bound = NIOLoopBound(pipeline, eventLoop: context.eventLoop)
      removal.futureResult.whenSuccess { bound.value.fireChannelReadComplete() }
      for handler in handlers {
        pipeline.removeHandler(handler, promise: handler === handlers.last ? removal : nil)
      }
    }
  }

  /// Answers what is no HTTP, in the form of all errors, and ends the connection.
  final class ParserRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any
    typealias OutboundOut = HTTPServerResponsePart

    private let guardian: ConnectionGuard

    init(_ guardian: ConnectionGuard) { self.guardian = guardian }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      guard let error = error as? HTTPParserError, error != .invalidEOFState, guardian.mayRefuse
      else {
        context.close(promise: nil)
        return
      }
      guardian.mayRefuse = false
      let isTooLarge = error == .headerOverflow
      let failure = RequestFailure(
        status: isTooLarge ? 431 : 400,
        message: isTooLarge ? "The head of the request is too long." : "The request is no HTTP/1.1."
      )
      guard case .bytes(let bytes) = failure.answer.body else { return }
      var head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: failure.status))
      head.headers = [
        "Content-Type": "application/json", "Content-Length": "\(bytes.count)",
        "Connection": "close",
        "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*",
      ]
      context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
      context.write(
        Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
      let bound = context.loopBound
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
        bound.value.close(promise: nil)
      }
    }
  }
#endif
