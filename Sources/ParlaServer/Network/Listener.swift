#if Server
  import Foundation
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL
  import ParlaFiles
  import Synchronization

  /// The ports of a server, and the connections that came over them.
  final class Listener: Sendable {
    private let site: Site
    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext?
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let listening = Mutex<[any Channel]>([])
    /// How many connections are being served.
    private let running = Mutex(0)

    init(_ site: Site) throws {
      self.site = site
      tls = try site.settings.certificate.map { try NIOSSLContext(chain: $0.chain, key: $0.key) }
      group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// Listens; the ports that it got.
    func start() async throws -> (port: Int, wyomingPort: Int?) {
      let settings = site.settings
      let port = try await listen(settings.port) { [self] channel in configure(channel) }
      guard let wanted = settings.wyomingPort else { return (port, nil) }
      let wyomingPort = try await listen(wanted, "--wyoming-port") { [self] channel in
        configureWyoming(channel)
      }
      return (port, wyomingPort)
    }

    private func listen(
      _ port: Int, _ option: String = "--port",
      _ configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> Int {
      do {
        var bootstrap = ServerBootstrap(group: group)
          .serverChannelOption(.backlog, value: 1024)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
          .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
          // A client that has said all may close its side, and wait for the answer.
          .childChannelOption(.allowRemoteHalfClosure, value: true)
          // The system asks idle clients whether they are there, and ends the connections of those that are not.
          .childChannelOption(.socketOption(.so_keepalive), value: 1)
        for (name, value) in Self.keepAlive {
          bootstrap = bootstrap.childChannelOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: name)),
            value: value)
        }
        let channel = try await bootstrap.childChannelInitializer(configure)
          .bind(host: site.settings.host, port: port).get()
        listening.withLock { $0.append(channel) }
        return channel.localAddress?.port ?? port
      } catch {
        throw ServerError.cannotListen(
          host: site.settings.host, port: port, option: option, reason: Self.reason(error))
      }
    }

    /// The first question after a minute, four more with 15 seconds between them.
    private static var keepAlive: [(CInt, Int)] {
      #if os(Linux)
        [(TCP_KEEPIDLE, 60), (TCP_KEEPINTVL, 15), (TCP_KEEPCNT, 4)]
      #else
        []
      #endif
    }

    /// Why nobody can listen, in the system's words.
    private static func reason(_ error: any Error) -> String {
      switch error {
      case let error as IOError: systemReason(error.errnoCode)
      case SocketAddressError.unknown, is SocketAddressError.UnknownHost:
        "this machine knows no address of that name"
      default: systemReason(error)
      }
    }

    /// Notes a connection; false when there are too many.
    private func add(_ channel: any Channel) -> Bool {
      guard site.metrics.openConnection(limit: site.limits.connections) else { return false }
      let key = ObjectIdentifier(channel)
      channels.withLock { $0[key] = channel }
      channel.closeFuture.whenComplete { [self] _ in
        channels.withLock { $0[key] = nil }
        site.metrics.closeConnection()
      }
      return true
    }

    /// Runs `work` until it ends or the connection does.
    private func run(_ channel: any Channel, _ work: @escaping @Sendable () async -> Void) {
      running.withLock { $0 += 1 }
      let task = Task { [self] in
        await work()
        running.withLock { $0 -= 1 }
      }
      channel.closeFuture.whenComplete { _ in task.cancel() }
    }
  }

  // MARK: - HTTP and WebSockets

  extension Listener {
    private func configure(_ channel: any Channel) -> EventLoopFuture<Void> {
      channel.eventLoop.makeCompletedFuture {
        guard add(channel) else { throw ChannelError.operationUnsupported }
        let guardian = ConnectionGuard(site.limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(guardian)
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 32 << 10
        limits.maxHeaderListSize = 64 << 10
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
          HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        let others: [any ChannelHandler & RemovableChannelHandler] = [
          HTTPServerPipelineHandler(), NIOHTTPResponseHeadersValidator(), ParserRefusal(guardian),
        ]
        try pipeline.addHandlers([encoder, decoder] + others)
        try pipeline.addHandler(
          RequestHandler(guardian, site.limits, others + [encoder, decoder]))
        let connection = try HTTPConnection.Channel(
          wrappingChannelSynchronously: channel,
          configuration: .init(isOutboundHalfClosureEnabled: true))
        let site = site
        run(channel) { await HTTPConnection(site: site).serve(connection) }
      }
    }
  }

  extension RequestHead {
    init(_ head: HTTPRequestHead, _ address: SocketAddress?) {
      self.init(
        method: head.method.rawValue, target: head.uri,
        headers: head.headers.map { ($0.name, $0.value) }, address: address?.ipAddress ?? "")
    }
  }

  // MARK: - Wyoming

  extension Listener {
    private func configureWyoming(_ channel: any Channel) -> EventLoopFuture<Void> {
      channel.eventLoop.makeCompletedFuture {
        guard add(channel) else { throw ChannelError.operationUnsupported }
        let guardian = ConnectionGuard(site.limits)
        guardian.phase = .nothing
        try channel.pipeline.syncOperations.addHandlers([guardian, WyomingHandler()])
        let connection = try NIOAsyncChannel<WyomingInput, ByteBuffer>(
          wrappingChannelSynchronously: channel)
        let site = site
        run(channel) {
          // A client that goes in the middle of an event is no error.
          try? await connection.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            let session = WyomingSession(site) {
              try await parts.next()
            } send: { bytes in
              try await outbound.write(ByteBuffer(bytes: bytes))
            }
            try await session.run { channel.close(promise: nil) }
          }
        }
      }
    }
  }

  /// Notifies a session that the server is about to stop.
  private final class WyomingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = WyomingInput

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(buffer: Self.unwrapInboundIn(data))
      context.fireChannelRead(Self.wrapInboundOut(.bytes(bytes)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      guard event is StopEvent else {
        context.fireUserInboundEventTriggered(event)
        return
      }
      context.fireChannelRead(Self.wrapInboundOut(.stopping))
      context.fireChannelReadComplete()
    }
  }

  // MARK: - The end

  extension Listener {
    /// As long as work may take to notice that its connection is closed, in seconds.
    private static let longestFarewell = 2

    /// Lets streams end with their final texts, and closes what is left after a while.
    ///
    /// Until then clients still get an answer: that the server is stopping.
    func stop() async {
      site.stop.raise()
      for channel in channels.withLock({ Array($0.values) }) {
        channel.pipeline.fireUserInboundEventTriggered(StopEvent())
      }
      let end = ContinuousClock.now + .seconds(site.limits.stopSeconds)
      while site.metrics.streamCount + site.metrics.uploadCount > 0, !site.haste.isRaised,
        ContinuousClock.now < end
      {
        try? await Task.sleep(for: .milliseconds(20))
      }
      for channel in listening.withLock({ $0 }) { try? await channel.close() }
      for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
      // Their tasks notice it, and need the threads of the connections until then.
      let last = ContinuousClock.now + .seconds(Self.longestFarewell)
      while running.withLock({ $0 }) > 0, ContinuousClock.now < last {
        try? await Task.sleep(for: .milliseconds(5))
      }
      try? await group.shutdownGracefully()
    }
  }
#endif
