#if Server
  import NIOCore
  import NIOWebSocket

  /// What is sent over a WebSocket.
  enum SocketReply: Sendable {
    case text(String)
    case close(code: Int, reason: String)
  }

  /// The server is about to stop.
  struct StopEvent: Sendable {}

  /// Joins the frames of a WebSocket into messages, answers pings at once, and refuses what RFC 6455 forbids.
  final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ClientPart
    typealias OutboundIn = ServerPart
    typealias OutboundOut = WebSocketFrame

    private let limit: Int
    private let pingSeconds: Int64
    private let silentSeconds: Int
    private var message: (isText: Bool, bytes: [UInt8])?
    /// What is to be answered to the latest ping.
    private var pong: ByteBuffer?
    private var isClosing = false
    private var timer: RepeatedTask?

    /// Middleboxes forget connections that are silent for longer.
    private static let longestPause = 20
    /// Binary messages hold sound as it is, texts its base64.
    private static let longestBinary = 16 << 20

    init(_ limits: ServerLimits) {
      limit = limits.messageBytes
      silentSeconds = limits.silentSeconds
      // Three answers may get lost.
      pingSeconds = Int64(max(1, min(Self.longestPause, limits.silentSeconds / 3)))
    }

    func handlerAdded(context: ChannelHandlerContext) {
      let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      timer = context.eventLoop.scheduleRepeatedTask(
        initialDelay: .seconds(pingSeconds), delay: .seconds(pingSeconds)
      ) { _ in
        guard !bound.value.handler.isClosing else { return }
        let frame = WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())
        bound.value.context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
      }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
      timer?.cancel()
      context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      switch event {
      case is StopEvent:
        context.fireChannelRead(Self.wrapInboundOut(.message(.stopping)))
        context.fireChannelReadComplete()
      case is SilenceEvent:
        // A close of the stream's own may be unanswered.
        guard !isClosing else {
          context.close(promise: nil)
          return
        }
        fail(context, 1011, "nothing came for \(silentSeconds) seconds, not even answers to pings")
      case ChannelEvent.inputClosed:
        // A WebSocket ends with close frames: without one the client is gone.
        context.close(promise: nil)
      default: context.fireUserInboundEventTriggered(event)
      }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = Self.unwrapInboundIn(data)
      guard !isClosing || frame.opcode == .connectionClose else { return }
      guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
        fail(context, 1002, "frames of clients are masked, and have no extensions")
        return
      }
      var data = frame.unmaskedData
      switch frame.opcode {
      case .text, .binary:
        guard message == nil else {
          fail(context, 1002, "a message begins within another")
          return
        }
        message = (frame.opcode == .text, [])
        take(&data, isLast: frame.fin, context)
      case .continuation: take(&data, isLast: frame.fin, context)
      case .ping:
        guard frame.fin, data.readableBytes <= 125 else {
          fail(context, 1002, "a ping is too long")
          return
        }
        pong = data
        sendPong(context)
      case .pong: break
      case .connectionClose: close(context, answering: data)
      default: fail(context, 1002, "a frame is of no known kind")
      }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
      sendPong(context)
      context.fireChannelWritabilityChanged()
    }

    /// Answers the latest ping, for which RFC 6455, 5.5.3, allows: a client that does not read would else fill the memory with answers.
    private func sendPong(_ context: ChannelHandlerContext) {
      guard context.channel.isWritable, !isClosing, let data = pong.take() else { return }
      let frame = WebSocketFrame(fin: true, opcode: .pong, data: data)
      context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    }

    private func take(_ data: inout ByteBuffer, isLast: Bool, _ context: ChannelHandlerContext) {
      guard var current = message.take() else {
        fail(context, 1002, "a continuation frame without a message before it")
        return
      }
      current.bytes += data.readBytes(length: data.readableBytes) ?? []
      guard current.bytes.count <= (current.isText ? limit : min(limit, Self.longestBinary)) else {
        fail(context, 1009, "the message is too long")
        return
      }
      guard isLast else {
        message = current
        return
      }
      if current.isText {
        guard let text = String(validating: current.bytes, as: UTF8.self) else {
          fail(context, 1007, "the text is no UTF-8")
          return
        }
        context.fireChannelRead(Self.wrapInboundOut(.message(.text(text))))
      } else {
        context.fireChannelRead(Self.wrapInboundOut(.message(.binary(current.bytes))))
      }
    }

    /// The client ends: its code comes back, unless it answers the server's.
    private func close(_ context: ChannelHandlerContext, answering data: ByteBuffer) {
      guard !isClosing else {
        context.close(promise: nil)
        return
      }
      var data = data
      let code = data.readInteger(as: UInt16.self)
      guard data.readableBytes == 0 || code != nil, code.map(Self.maySend) ?? true else {
        fail(context, 1002, "the code of the close is none that may be sent")
        return
      }
      guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
        fail(context, 1007, "the reason of the close is no UTF-8")
        return
      }
      isClosing = true
      var answer = ByteBuffer()
      if let code { answer.writeInteger(code) }
      write(
        WebSocketFrame(fin: true, opcode: .connectionClose, data: answer), thenCloses: true, context
      )
    }

    /// Whether `code` may stand in a frame (RFC 6455, 7.4, and the registry of IANA).
    private static func maySend(_ code: UInt16) -> Bool {
      switch code {
      case 1000...1003, 1007...1014, 3000...4999: true
      default: false
      }
    }

    private func fail(_ context: ChannelHandlerContext, _ code: Int, _ reason: String) {
      guard !isClosing else { return }
      isClosing = true
      message = nil
      write(Self.closing(code, reason), thenCloses: true, context)
    }

    private func write(_ frame: WebSocketFrame, thenCloses: Bool, _ context: ChannelHandlerContext)
    {
      let bound = context.loopBound
      context.writeAndFlush(Self.wrapOutboundOut(frame)).whenComplete { _ in
        if thenCloses { bound.value.close(promise: nil) }
      }
    }

    private static func closing(_ code: Int, _ reason: String) -> WebSocketFrame {
      var data = ByteBuffer()
      data.writeInteger(UInt16(clamping: code))
      data.writeString(Self.start(of: reason))
      return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }

    /// As much of `reason` as fits into a close frame, in whole characters.
    static func start(of reason: String) -> String {
      var start = reason.prefix(120)
      while start.utf8.count > 120 { start.removeLast() }
      return String(start)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      guard !isClosing else {
        promise?.fail(ChannelError.ioOnClosedChannel)
        return
      }
      switch Self.unwrapOutboundIn(data) {
      case .reply(.text(let text)):
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
        context.write(Self.wrapOutboundOut(frame), promise: promise)
      case .reply(.close(let code, let reason)):
        isClosing = true
        context.write(Self.wrapOutboundOut(Self.closing(code, reason)), promise: promise)
      default: promise?.fail(ChannelError.operationUnsupported)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      guard let error = error as? NIOWebSocketError else {
        context.close(promise: nil)
        return
      }
      fail(context, error == .invalidFrameLength ? 1009 : 1002, "the frame is not allowed")
    }
  }
#endif
