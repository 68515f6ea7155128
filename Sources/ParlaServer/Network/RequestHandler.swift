#if Server
  import NIOCore
  import NIOHTTP1
  import NIOWebSocket

  /// Tells the guard of a connection what to expect from the client, and forwards parts of answers.
  final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    private let guardian: ConnectionGuard
    private var isRequestOpen = false
    private var isAnswerOpen = false

    init(_ guardian: ConnectionGuard) { self.guardian = guardian }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch Self.unwrapInboundIn(data) {
      case .head:
        isRequestOpen = true
        guardian.mayRefuse = true
        guardian.phase = .body
      case .end:
        isRequestOpen = false
        guardian.mayRefuse = !isAnswerOpen
        guardian.phase = .nothing
      case .body: break
      }
      context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      switch Self.unwrapOutboundIn(data) {
      case .head(let head):
        if head.status.code >= 200 {
          isAnswerOpen = true
          guardian.mayRefuse = false
        }
        context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
      case .body(let buffer):
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: promise)
      case .end(let trailers):
        isAnswerOpen = false
        guardian.mayRefuse = !isRequestOpen
        guardian.phase = .head(isFirst: false)
        context.write(Self.wrapOutboundOut(.end(trailers)), promise: promise)
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
      // What is refused an upgrade gets an answer as any request.
      if error is NIOWebSocketUpgradeError { return }
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
