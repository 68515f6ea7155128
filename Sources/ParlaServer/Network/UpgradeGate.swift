#if Server
  import NIOCore
  import NIOHTTP1
  import Synchronization

  /// Decides on the first request of a connection whether it becomes a stream, before NIO does.
  ///
  /// NIO forgets the head of an upgrade that it refuses; here such a request loses its wish, and is answered as any other.
  final class UpgradeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let routes: Routes
    private let decision: UpgradeDecision

    init(_ routes: Routes, _ decision: UpgradeDecision) {
      self.routes = routes
      self.decision = decision
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .head(var head) = Self.unwrapInboundIn(data) else {
        context.fireChannelRead(data)
        return
      }
      if head.headers.contains(name: "upgrade") {
        let request = RequestHead(head, context.channel.remoteAddress)
        let isWhole =
          request.header("sec-websocket-version") == "13"
          && request.header("sec-websocket-key") != nil
        if request.isUpgrade, isWhole, let accepted = try? routes.accept(request) {
          decision.accepted.withLock { $0 = (accepted.stream, accepted.place, request) }
        } else {
          if request.isUpgrade {
            head.headers.add(name: RequestHead.refusedUpgrade, value: "websocket")
          }
          head.headers.remove(name: "upgrade")
        }
      }
      context.fireChannelRead(Self.wrapInboundOut(.head(head)))
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
  }

  /// A stream that an upgrade asked for and got, until the upgrade is done.
  final class UpgradeDecision: Sendable {
    let accepted = Mutex<(Routes.Stream, Metrics.Place, RequestHead)?>(nil)
  }
#endif
