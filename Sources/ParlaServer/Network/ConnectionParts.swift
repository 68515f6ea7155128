#if Server
  import NIOCore
  import NIOHTTP1

  /// What comes over a connection: requests, and messages once one of them has opened a WebSocket.
  enum ClientPart: Sendable {
    case request(HTTPServerRequestPart)
    case message(SocketMessage)
  }

  /// What goes over a connection.
  enum ServerPart: Sendable {
    case head(HTTPResponseHead)
    case body(ByteBuffer)
    case end
    /// The answer after which the connection is a WebSocket.
    case upgrade(HTTPResponseHead)
    case reply(SocketReply)
  }

  /// The parts of a connection, which one task reads.
  final class ConnectionParts {
    private var iterator: NIOAsyncChannelInboundStream<ClientPart>.AsyncIterator
    /// Whether the body of the present request has come to its end.
    private(set) var isAtEnd = true

    init(_ stream: NIOAsyncChannelInboundStream<ClientPart>) {
      iterator = stream.makeAsyncIterator()
    }

    /// The head of the next request; nil when the client sends no more.
    func head() async throws -> HTTPRequestHead? {
      while let part = try await iterator.next() {
        guard case .request(.head(let head)) = part else { continue }
        isAtEnd = false
        return head
      }
      return nil
    }

    /// The next bytes of the body; nil at its end.
    func bytes() async throws -> [UInt8]? {
      guard !isAtEnd else { return nil }
      switch try await iterator.next() {
      case .request(.body(let buffer)): return Array(buffer: buffer)
      case .request, .message:
        isAtEnd = true
        return nil
      case nil:
        // The client is gone in the middle of its request.
        throw CancellationError()
      }
    }

    /// Reads all that still comes, in vain.
    func drain() async throws {
      while try await iterator.next() != nil {}
    }

    /// The next message of a WebSocket; nil when the client is gone.
    func message() async throws -> SocketMessage? {
      while let part = try await iterator.next() {
        if case .message(let message) = part { return message }
      }
      return nil
    }
  }
#endif
