#if Server
  import Foundation
  import NIOCore
  import NIOEmbedded
  import NIOWebSocket
  import ParlaFiles
  import ParlaTestSupport
  import Testing

  @testable import ParlaServer

  @Suite struct NetworkTests {
    /// Notes the events that reach the end of a pipeline.
    private final class Events: ChannelInboundHandler {
      typealias InboundIn = Any
      private(set) var silences = 0

      func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is SilenceEvent { silences += 1 }
      }
    }

    @Test func aStreamThatFallsSilentIsNoticed() throws {
      var limits = ServerLimits()
      limits.silentSeconds = 30
      let guardian = ConnectionGuard(limits)
      guardian.phase = .stream
      let events = Events()
      let channel = EmbeddedChannel()
      try channel.pipeline.syncOperations.addHandlers([guardian, events])
      channel.read()
      channel.embeddedEventLoop.advanceTime(by: .seconds(29))
      try channel.writeInbound(ByteBuffer(bytes: [0x8A, 0x80]))
      // While the server does not read, nobody is expected to speak.
      channel.embeddedEventLoop.advanceTime(by: .seconds(1000))
      #expect(events.silences == 0)
      channel.read()
      channel.embeddedEventLoop.advanceTime(by: .seconds(30))
      #expect(events.silences == 0)
      channel.embeddedEventLoop.advanceTime(by: .seconds(1))
      #expect(events.silences == 1)
      channel.embeddedEventLoop.advanceTime(by: .seconds(100))
      #expect(events.silences == 1)
      _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func whoDoesNotReadGetsOneAnswerToAllPings() throws {
      let channel = EmbeddedChannel()
      try channel.pipeline.syncOperations.addHandler(SocketHandler(ServerLimits()))
      func ping(_ text: String) throws {
        let frame = WebSocketFrame(
          fin: true, opcode: .ping, maskKey: WebSocketMaskingKey([0, 0, 0, 0]),
          data: ByteBuffer(string: text))
        try channel.writeInbound(frame)
      }
      func pong() throws -> String? {
        try channel.readOutbound(as: WebSocketFrame.self).map { String(buffer: $0.data) }
      }
      try ping("a")
      #expect(try pong() == "a")
      channel.isWritable = false
      for text in ["b", "c", "d"] { try ping(text) }
      #expect(try pong() == nil)
      channel.isWritable = true
      channel.pipeline.fireChannelWritabilityChanged()
      #expect(try pong() == "d")
      #expect(try pong() == nil)
      _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func whoReceivesAnAnswerIsNotLateWithTheNextRequest() throws {
      var limits = ServerLimits()
      (limits.idleSeconds, limits.unreadSeconds) = (5, 60)
      let guardian = ConnectionGuard(limits)
      guardian.phase = .head(isFirst: false)
      let channel = EmbeddedChannel(handler: guardian)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
      channel.isWritable = false
      channel.embeddedEventLoop.advanceTime(by: .seconds(50))
      #expect(channel.isActive)
      channel.isWritable = true
      channel.embeddedEventLoop.advanceTime(by: .seconds(6))
      #expect(!channel.isActive)
    }

    @Test func reasonsOfClosesAreWholeCharacters() {
      #expect(SocketHandler.start(of: "short") == "short")
      let long = SocketHandler.start(of: "a" + String(repeating: "ü", count: 100))
      #expect(long == "a" + String(repeating: "ü", count: 59))
    }

    private static let certificate = """
      -----BEGIN CERTIFICATE-----
      MIIBdzCCAR2gAwIBAgIUSAp9GZ10iY0pcyA8OdWP3foj5z0wCgYIKoZIzj0EAwIw
      EDEOMAwGA1UEAwwFcGFybGEwIBcNMjYxMTI4MTY0MjQxWhgPMjEyNjExMDQxNjQy
      NDFaMBAxDjAMBgNVBAMMBXBhcmxhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
      mCqGg+hmYyVUr+Sm06yXdveMA8Ip2tmw243AN5WOH6zPh1BkShxQUqLcxpmhTLUG
      kRzcgfIdGA5/NuKzwBdNqqNTMFEwHQYDVR0OBBYEFEjJeEkzS4GggxIWFkj+REmw
      FD5LMB8GA1UdIwQYMBaAFEjJeEkzS4GggxIWFkj+REmwFD5LMA8GA1UdEwEB/wQF
      MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgKRmp/1HbUAB+GaqvKEHykRocduwH2UkN
      sw5SrrZkSFsCIQCcacWNZXsMsjSZVvtKvgAVZ2P56M1PVOeD+/jos3lH5g==
      -----END CERTIFICATE-----

      """

    private static let keys = [
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg617tQQ7Pr5y+0uPP
      I5RpkRnle/c+v4HN6YfWYJLIZfyhRANCAASYKoaD6GZjJVSv5KbTrJd294wDwina
      2bDbjcA3lY4frM+HUGRKHFBSotzGmaFMtQaRHNyB8h0YDn824rPAF02q
      -----END PRIVATE KEY-----

      """,
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkH/b+dF08NfLhcgP
      SuRip37XAMhGBLT99+CHL8xHAH+hRANCAAS51adFj4+yxF5p84PkGxlGVGvZnDs+
      pVpfm/wixd8L5Itd94tSRkEAFcSmyZBN/qxnw9LY1Hhna6MIhiSQCcq/
      -----END PRIVATE KEY-----

      """,
    ]

    /// What is wrong with a certificate and a key of these contents; nil for a pair that fits.
    private static func problem(_ chain: String?, _ key: String?) async throws -> String? {
      try await withTemporaryFolderAsync { folder in
        for (name, content) in [("c", chain), ("k", key)] {
          try content?.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        do {
          let site = try ServerKit.site { $0.certificate = ("\(folder)/c", "\(folder)/k") }
          try await Listener(site).stop()
        } catch {
          return "\(error)".replacing(folder, with: "F")
        }
        return nil
      }
    }

    @Test func certificatesAndKeysAreNamedWithWhatIsWrong() async throws {
      let (chain, keys) = (Self.certificate, Self.keys)
      #expect(try await Self.problem(chain, keys[0]) == nil)
      for (problem, beginning) in [
        (try await Self.problem(nil, keys[0]), "F/c: cannot be read: No such file or directory."),
        (try await Self.problem(chain, nil), "F/k: cannot be read: No such file or directory."),
        (
          try await Self.problem("", keys[0]),
          "F/c: found an empty file, expected a certificate chain"
        ),
        (try await Self.problem(chain, ""), "F/k: found an empty file, expected a private key"),
        (
          try await Self.problem("hello", keys[0]),
          "F/c: found no block of PEM (-----BEGIN …-----), "
        ),
        (
          try await Self.problem(keys[0], chain),
          "F/c: found a block of PEM called PRIVATE KEY that "
        ),
        (
          try await Self.problem(chain, chain), "F/k: found a block of PEM called CERTIFICATE that "
        ),
        (
          try await Self.problem(chain, keys[0].replacing("PRIVATE", with: "ENCRYPTED PRIVATE")),
          "F/k: found a key behind a password, expected a private key in PEM, without a password. "
        ),
        (
          try await Self.problem(chain, keys[1]),
          "F/k: found a key that does not belong to the first "
        ),
      ] {
        #expect(problem?.hasPrefix(beginning) == true, "\(problem ?? "nothing")")
      }
    }
  }
#endif
