#if Server
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL
  import NIOWebSocket
  import Synchronization

  /// The ports of a server, and the connections that came over them.
  final class Listener: Sendable {
    private let site: Site
    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext?
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let listening = Mutex<[any Channel]>([])

    /// What became of a connection's first request.
    enum Negotiated: Sendable {
      case http(HTTPConnection.Channel)
      case socket(
        NIOAsyncChannel<SocketMessage, SocketReply>, Routes.Stream, Metrics.Place, RequestHead)
    }

    init(_ site: Site) throws {
      self.site = site
      group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
      tls = try site.settings.certificate.map { try Self.context(chain: $0.chain, key: $0.key) }
    }

    private static func context(chain: String, key: String) throws -> NIOSSLContext {
      do {
        let certificates = try NIOSSLCertificate.fromPEMFile(chain).map {
          NIOSSLCertificateSource.certificate($0)
        }
        let secret = try NIOSSLPrivateKey(file: key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
          certificateChain: certificates, privateKey: .privateKey(secret))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
      } catch {
        throw ServerError.badCertificate(path: "\(chain), \(key)", reason: "\(error)")
      }
    }

    /// Listens; the ports that it got.
    func start() async throws -> (port: Int, wyomingPort: Int?) {
      let settings = site.settings
      let port = try await listen(settings.port) { [self] channel in configure(channel) }
      guard let wanted = settings.wyomingPort else { return (port, nil) }
      // A client that has said all there may close its side, and wait for the answer.
      let wyomingPort = try await listen(wanted, allowsHalfClosure: true) { [self] channel in
        configureWyoming(channel)
      }
      return (port, wyomingPort)
    }

    private func listen(
      _ port: Int, allowsHalfClosure: Bool = false,
      _ configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> Int {
      do {
        let channel = try await ServerBootstrap(group: group)
          .serverChannelOption(.backlog, value: 1024)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
          .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
          .childChannelOption(.allowRemoteHalfClosure, value: allowsHalfClosure)
          .childChannelInitializer(configure)
          .bind(host: site.settings.host, port: port).get()
        listening.withLock { $0.append(channel) }
        return channel.localAddress?.port ?? port
      } catch {
        throw ServerError.cannotListen(host: site.settings.host, port: port, reason: "\(error)")
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
      let task = Task { await work() }
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
        let decision = UpgradeDecision()
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration<Negotiated>(
          upgradeConfiguration: upgrades(guardian.bound(channel.eventLoop), decision))
        configuration.enableErrorHandling = false
        configuration.decoderConfiguration.maxHeaderFieldSize = 32 << 10
        configuration.decoderConfiguration.maxHeaderListSize = 64 << 10
        let negotiated = try pipeline.configureUpgradableHTTPServerPipeline(
          configuration: configuration)
        let upgrader = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)
        try pipeline.addHandler(
          UpgradeGate(Routes(site: site), decision), position: .before(upgrader))
        try pipeline.addHandler(ParserRefusal(guardian))
        negotiated.whenSuccess { [self] result in serve(channel, result) }
      }
    }

    private func upgrades(
      _ guardian: NIOLoopBound<ConnectionGuard>, _ decision: UpgradeDecision
    ) -> NIOTypedHTTPServerUpgradeConfiguration<Negotiated> {
      let limit = site.limits.messageBytes
      let upgrader = NIOTypedWebSocketServerUpgrader<Negotiated>(
        maxFrameSize: limit
      ) { channel, _ in
        let headers = decision.accepted.withLock { $0.map { $0.2.upgradeHeaders($0.0) } }
        return channel.eventLoop.makeSucceededFuture(headers)
      } upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          guard let (stream, place, head) = decision.accepted.withLock({ $0.take() }) else {
            throw ChannelError.operationUnsupported
          }
          guardian.value.phase = .nothing
          try channel.pipeline.syncOperations.addHandler(SocketHandler(limit: limit))
          return .socket(
            try NIOAsyncChannel(wrappingChannelSynchronously: channel), stream, place, head)
        }
      }
      return NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RequestHandler(guardian.value))
          return .http(
            try NIOAsyncChannel(
              wrappingChannelSynchronously: channel,
              configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
      }
    }

    private func serve(_ channel: any Channel, _ negotiated: Negotiated) {
      let site = site
      switch negotiated {
      case .http(let connection):
        run(channel) { await HTTPConnection(site: site).serve(connection) }
      case .socket(let connection, let stream, let place, let head):
        run(channel) {
          await SocketConnection(site: site).serve(connection, stream, head)
          withExtendedLifetime(place) {}
        }
      }
    }
  }

  extension ConnectionGuard {
    /// Itself, for callbacks that come on its loop.
    fileprivate func bound(_ loop: any EventLoop) -> NIOLoopBound<ConnectionGuard> {
      NIOLoopBound(self, eventLoop: loop)
    }
  }

  extension RequestHead {
    init(_ head: HTTPRequestHead, _ address: SocketAddress?) {
      self.init(
        method: head.method.rawValue, target: head.uri,
        headers: head.headers.map { ($0.name, $0.value) }, address: address?.ipAddress ?? "")
    }

    /// What the answer to an upgrade says besides.
    fileprivate func upgradeHeaders(_ stream: Routes.Stream) -> HTTPHeaders {
      var headers = HTTPHeaders()
      if let chosen = chosenSocketProtocol {
        headers.add(name: "Sec-WebSocket-Protocol", value: chosen)
      }
      if case .deepgram(let request) = stream {
        headers.add(name: "dg-request-id", value: request.id)
      }
      return headers
    }
  }

  // MARK: - Wyoming

  extension Listener {
    private func configureWyoming(_ channel: any Channel) -> EventLoopFuture<Void> {
      channel.eventLoop.makeCompletedFuture {
        guard add(channel) else { throw ChannelError.operationUnsupported }
        try channel.pipeline.syncOperations.addHandler(WyomingHandler())
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
    /// Takes no more connections, lets streams end with their final texts, and closes what is left after a while.
    func stop() async {
      site.stop.raise()
      for channel in listening.withLock({ $0 }) { try? await channel.close() }
      for channel in channels.withLock({ Array($0.values) }) {
        channel.pipeline.fireUserInboundEventTriggered(StopEvent())
      }
      let end = ContinuousClock.now + .seconds(site.limits.stopSeconds)
      while site.metrics.streamCount + site.metrics.uploadCount > 0, ContinuousClock.now < end {
        try? await Task.sleep(for: .milliseconds(20))
      }
      for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
      try? await group.shutdownGracefully()
    }
  }
#endif
