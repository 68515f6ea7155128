#if Server
  import NIOCore

  /// Nothing has come over a WebSocket for too long, not even answers to pings.
  struct SilenceEvent: Sendable {}

  /// Cuts off connections whose clients are slow or gone: heads and bodies that trickle in, answers that are not read, streams
  /// that have fallen silent.
  ///
  /// It counts bytes as they come from the network, before decryption and parsing.
  final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// What is expected of the client.
    enum Phase {
      /// The head of a request; the next one may take longer to begin.
      case head(isFirst: Bool)
      /// The body of a request.
      case body
      /// Nothing: the server is at work.
      case nothing
      /// Anything, if only an answer to a ping: a WebSocket is open.
      case stream
    }

    private let limits: ServerLimits
    private var waited = 0
    private var received = 0
    private var unread = 0
    private var isReading = false
    private var timer: RepeatedTask?

    /// A head with its first bytes of a body is shorter than this.
    private static let longestHead = 160 << 10
    /// A body slower than this many bytes per second is cut off.
    private static let slowestBody = 200

    var phase = Phase.head(isFirst: true) {
      didSet { (waited, received) = (0, 0) }
    }

    /// Whether what is no HTTP can be answered: not while or after an answer to it is on its way.
    var mayRefuse = true

    init(_ limits: ServerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
      let bound = NIOLoopBound((guardian: self, context: context), eventLoop: context.eventLoop)
      timer = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1))
      { _ in bound.value.guardian.tick(bound.value.context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
      timer?.cancel()
      context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
      isReading = true
      context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      isReading = false
      received += Self.unwrapInboundIn(data).readableBytes
      if case .head = phase, received > Self.longestHead {
        context.close(promise: nil)
        return
      }
      context.fireChannelRead(data)
    }

    private func tick(_ context: ChannelHandlerContext) {
      let hasRead = context.channel.isWritable
      unread = hasRead ? 0 : unread + 1
      // Who still receives an answer is not late with the next request.
      guard unread < limits.unreadSeconds, !(hasRead && isTooSlow()) else {
        context.close(promise: nil)
        return
      }
      if hasFallenSilent() { context.fireUserInboundEventTriggered(SilenceEvent()) }
    }

    /// Whether a stream's client is probably gone; said once.
    private func hasFallenSilent() -> Bool {
      // Time in which the server does not read is not the client's.
      guard case .stream = phase, isReading else { return false }
      waited = received > 0 ? 0 : waited + 1
      received = 0
      return waited == limits.silentSeconds
    }

    private func isTooSlow() -> Bool {
      switch phase {
      case .nothing, .stream: return false
      case .head(let isFirst):
        waited += 1
        return waited >= (isFirst || received > 0 ? limits.patience : limits.idleSeconds)
      case .body:
        // Time in which the server does not read is not the client's.
        guard isReading else { return false }
        waited += 1
        guard waited >= limits.patience * 4 / 5 else { return false }
        let isTooSlow = received < Self.slowestBody * waited
        (waited, received) = (0, 0)
        return isTooSlow
      }
    }
  }
#endif
