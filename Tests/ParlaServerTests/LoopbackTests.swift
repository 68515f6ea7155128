import ParlaFiles

#if Server
  import Foundation
  import NIOCore
  import NIOPosix
  import ParlaAudio
  import ParlaTestSupport
  import Synchronization
  import Testing

  @testable import ParlaServer

  /// The server as programs meet it: over sockets of this machine, on ports that are free.
  @Suite(.timeLimit(.minutes(10))) struct LoopbackTests {
    /// Runs `body` with the ports of a server.
    private static func withServer(
      _ change: (inout ServerSettings) -> Void = { _ in },
      _ body: @escaping @Sendable (Int, Int, SpeechServer) async throws -> Void
    ) async throws {
      var settings = try ServerKit.settings()
      change(&settings)
      let ready = AsyncStream<(Int, Int)>.makeStream()
      let loaded = AsyncStream<Void>.makeStream()
      settings.log = { text in if text.hasPrefix("Ready") { loaded.continuation.finish() } }
      let server = try SpeechServer(settings)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await server.run { port, wyomingPort in
            ready.continuation.yield((port, wyomingPort ?? 0))
          }
        }
        group.addTask {
          for await (port, wyomingPort) in ready.stream {
            for await _ in loaded.stream {}
            try await body(port, wyomingPort, server)
            break
          }
          server.stop()
        }
        try await group.waitForAll()
      }
    }

    /// All that comes back for `bytes` until the server closes, or `isEnough` says so; the client may close its own side before.
    private static func send(
      _ bytes: [UInt8], to port: Int, closing: Bool = false,
      until isEnough: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }
    ) async throws -> [UInt8] {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
              wrappingChannelSynchronously: channel,
              configuration: .init(isOutboundHalfClosureEnabled: true))
          }
        }
      return try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(bytes: bytes))
        if closing { outbound.finish() }
        var found: [UInt8] = []
        for try await buffer in inbound {
          found += Array(buffer: buffer)
          if isEnough(found) { break }
        }
        return found
      }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func requestsFollowOneAnotherAndWhatIsNoneIsRefused() async throws {
      try await Self.withServer { port, _, _ in
        let twice =
          "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        let answers = try await Self.text(Self.send(Array(twice.utf8), to: port))
        #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
        for (request, status) in [
          ("no HTTP at all\r\n\r\n", "400"),
          ("GET / HTTP/1.1\r\nX: \(String(repeating: "y", count: 50000))\r\n\r\n", "431"),
          (
            "POST /stt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 53687091200\r\nExpect: 100-continue\r\n\r\n",
            "413"
          ),
          (
            "GET /v1/listen?encoding=none HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            "400"
          ),
          (
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 8\r\n\r\n",
            "426"
          ),
        ] {
          let answer = try await Self.text(
            Self.send(Array(request.utf8), to: port) { $0.last == UInt8(ascii: "}") })
          #expect(
            answer.hasPrefix("HTTP/1.1 \(status)"), "\(request.prefix(40)): \(answer.prefix(60))")
          #expect(answer.contains("\"message\"") || answer.contains("err_msg"))
        }
      }
    }

    @Test(arguments: ["HTTP/1.0", "HTTP/1.1\r\nHost: localhost\r\nConnection: close"])
    func anAnswerIsWholeThoughTheConnectionEndsWithIt(request: String) async throws {
      try await withTemporaryFolderAsync { folder in
        try await Self.withServer {
          $0.corpusFolder = folder
        } _: { port, _, server in
          let sentence = String(repeating: "many words ", count: 20)
          try server.site.corpus?.folder.setPrompts((0..<40_000).map { "\(sentence)\($0)" })
          let head = "GET /corpus/state \(request)\r\n\r\n"
          let answer = try await Self.send(Array(head.utf8), to: port)
          #expect(answer.count > 8 << 20)
          #expect(answer.last == UInt8(ascii: "}"))
        }
      }
    }

    @Test func whoSendsMoreThanIsAllowedLearnsIt() async throws {
      try await Self.withServer {
        $0.limits.uploadBytes = 1 << 20
      } _: { port, _, _ in
        let head = "POST /stt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0, count: 1 << 20) + [13, 10]
        let body = (0..<24).flatMap { _ in chunk } + Array("0\r\n\r\n".utf8)
        let answer = try await Self.text(Self.send(Array(head.utf8) + body, to: port))
        #expect(answer.hasPrefix("HTTP/1.1 413"))
        #expect(answer.contains("\"message\""))
      }
    }

    @Test func aConnectionBecomesASocketAfterOtherRequests() async throws {
      try await Self.withServer { port, _, server in
        let health = Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let end = Self.frame(1, Array(#"{"eof":1}"#.utf8))
        let found = try await Self.send(health + health + Self.upgrade + end, to: port)
        #expect(Self.text(found).components(separatedBy: "HTTP/1.1 200 OK").count == 3)
        #expect(Self.text(found).contains("HTTP/1.1 101 Switching Protocols"))
        #expect(Self.closeCode(found) == 1000)
        // After a request for a protocol that is not spoken nothing more is read, and so the connection ends.
        let other =
          "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        let refused = try await Self.text(Self.send(Array(other.utf8), to: port))
        #expect(refused.hasPrefix("HTTP/1.1 200 OK"))
        #expect(refused.contains("Connection: close"))
        #expect(server.site.metrics.streamCount == 0)
      }
    }

    @Test func whoHasSentAllMayCloseHisSide() async throws {
      try await Self.withServer { port, _, _ in
        let head =
          "POST /stt HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(ServerKit.wav.count)\r\n\r\n"
        let found = try await Self.send(Array(head.utf8) + ServerKit.wav, to: port, closing: true)
        #expect(Self.text(found).contains("HTTP/1.1 200 OK"))
        #expect(try Self.text(found).hasSuffix("\r\n\r\n\(ServerKit.transcript())"))
      }
    }

    @Test func whenTheServerHasStoppedNobodyIsServed() async throws {
      let places = Mutex<[Int]>([])
      let stopped = Mutex<SpeechServer?>(nil)
      try await Self.withServer {
        $0.limits.stopSeconds = 0
      } _: { port, _, server in
        let half = "POST /stt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nRIFF"
        async let answer = Self.send(Array(half.utf8), to: port)
        while server.site.metrics.uploadCount == 0 { await Task.yield() }
        places.withLock { $0.append(server.site.metrics.uploadCount) }
        stopped.withLock { $0 = server }
        server.stop()
        _ = try await answer
      }
      places.withLock { $0.append(stopped.withLock { $0?.site.metrics.uploadCount ?? -1 }) }
      #expect(places.withLock { $0 } == [1, 0])
    }

    @Test func whoAsksWhileTheServerStopsIsAnsweredAndAskedTwiceItHurries() async throws {
      try await Self.withServer {
        $0.limits.stopSeconds = 600
      } _: { port, _, server in
        let half = "POST /stt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nRIFF"
        async let answer = Self.send(Array(half.utf8), to: port)
        while server.site.metrics.uploadCount == 0 { await Task.yield() }
        server.stop()
        let health = Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let found = try await Self.text(Self.send(health, to: port))
        #expect(found.hasPrefix("HTTP/1.1 503"))
        #expect(found.contains("stopping"))
        server.stop()
        _ = try await answer
      }
    }

    @Test func aPortThatIsInUseIsNamed() async throws {
      try await Self.withServer { port, _, _ in
        var settings = try ServerKit.settings()
        settings.port = port
        await #expect(
          throws: ServerError.cannotListen(
            host: "127.0.0.1", port: port, option: "--port", reason: "Address already in use")
        ) { try await SpeechServer(settings).run() }
        settings.port = 0
        settings.wyomingPort = port
        await #expect(
          throws: ServerError.cannotListen(
            host: "127.0.0.1", port: port, option: "--wyoming-port",
            reason: "Address already in use")
        ) { try await SpeechServer(settings).run() }
      }
      #expect(ServerSettings.place(host: "::1", port: 80) == "[::1]:80")
    }

    @Test func aServerWithoutItsModelNeverSaysThatItListens() async throws {
      struct Unreadable: Error {}
      var settings = try ServerKit.settings()
      settings.models.append(.init(name: "other") { throw Unreadable() })
      let server = try SpeechServer(settings)
      await #expect(throws: Unreadable.self) {
        try await server.run { _, _ in Issue.record("it listens") }
      }
    }

    /// A frame of a client, masked with zeros.
    private static func frame(
      _ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true
    ) -> [UInt8] {
      let length: [UInt8] =
        payload.count < 126
        ? [UInt8(payload.count)]
        : [126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
      let head =
        [opcode | (isLast ? 0x80 : 0), length[0] | (isMasked ? 0x80 : 0)] + length.dropFirst()
      return head + (isMasked ? [0, 0, 0, 0] : []) + payload
    }

    private static let upgrade = Array(
      ("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").utf8)

    /// How the server closes after `frames`, and what it said before.
    private static func speak(_ frames: [UInt8], to port: Int) async throws -> (
      text: String, code: Int?
    ) {
      let found = try await send(upgrade + frames, to: port)
      #expect(text(found).hasPrefix("HTTP/1.1 101"))
      #expect(text(found).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
      return (text(found), closeCode(found))
    }

    @Test func socketsFollowTheirRules() async throws {
      try await Self.withServer { port, _, _ in
        #expect(
          try await Self.speak(Self.frame(1, Array(#"{"eof":1}"#.utf8)), to: port).code == 1000)
        #expect(
          try await Self.speak(Self.frame(2, [1, 2], isMasked: false), to: port).code == 1002)
        #expect(try await Self.speak(Self.frame(0, [1, 2]), to: port).code == 1002)
        #expect(try await Self.speak(Self.frame(1, [0xFF, 0xFE]), to: port).code == 1007)
        for (close, answer) in [
          ([], nil), ([0x03, 0xE8], 1000), ([0x0F, 0xA0, 0x6F, 0x6B], 4000), ([0x03], 1002),
          ([0x7B, 0x22], 1002), ([0x03, 0xED], 1002), ([0x03, 0xE8, 0xFF], 1007),
        ] as [([UInt8], Int?)] {
          #expect(try await Self.speak(Self.frame(8, close), to: port).code == answer, "\(close)")
        }
        let endless: [UInt8] =
          [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + [0, 0, 0, 0]
        #expect(try await Self.speak(endless, to: port).code == 1009)
        let ping = Self.frame(9, Array("ping".utf8))
        let parts =
          Self.frame(1, Array(#"{"eo"#.utf8), isLast: false) + ping
          + Self.frame(0, Array(#"f":1}"#.utf8))
        let (text, code) = try await Self.speak(parts, to: port)
        #expect(text.contains("ping"))
        #expect(code == 1000)
      }
    }

    @Test func streamsEndWithTheirTextWhenTheServerStops() async throws {
      let told = Mutex<(String, Int?)>(("", nil))
      try await Self.withServer { port, _, server in
        let begun = AsyncStream<Void>.makeStream()
        async let spoken = Self.speakUntilStopped(to: port, begun.continuation)
        for await _ in begun.stream {}
        server.stop()
        let found = try await spoken
        told.withLock { $0 = found }
      }
      let (text, code) = told.withLock { $0 }
      #expect(try text.contains("\"text\":\"\(ServerKit.transcript())\""))
      #expect(code == 1001)
    }

    private static func speakUntilStopped(
      to port: Int, _ begun: AsyncStream<Void>.Continuation
    ) async throws -> (String, Int?) {
      let config = frame(1, Array(#"{"config":{"sample_rate":16000}}"#.utf8))
      let sound = ServerKit.pieces(ServerKit.speech, length: 6400).flatMap { message -> [UInt8] in
        if case .binary(let bytes) = message { frame(2, bytes) } else { [] }
      }
      let found = try await send(upgrade + config + sound, to: port) { bytes in
        if text(bytes).components(separatedBy: "partial").count == 9 { begun.finish() }
        return false
      }
      return (text(found), closeCode(found))
    }

    /// The code of the last frame, if that is a close.
    private static func closeCode(_ bytes: [UInt8]) -> Int? {
      guard let place = bytes.lastIndex(of: 0x88), place + 3 < bytes.count else { return nil }
      return Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
    }

    @Test func wyomingTellsItsTranscriptWhenTheServerStops() async throws {
      let told = Mutex("")
      try await Self.withServer { port, wyomingPort, server in
        let format: [String: JSONValue] = ["rate": 16000, "width": 2, "channels": 1]
        let chunks = ServerKit.pieces(ServerKit.speech, length: 6400).flatMap {
          message -> [UInt8] in
          guard case .binary(let bytes) = message else { return [] }
          return WyomingMessage(type: "audio-chunk", data: format, payload: bytes).bytes
        }
        // The pong comes when all chunks were taken.
        let ping = WyomingMessage(type: "ping").bytes
        let found = try await Self.send(chunks + ping, to: wyomingPort) { bytes in
          if Self.text(bytes).contains("pong"), !server.site.stop.isRaised { server.stop() }
          return false
        }
        told.withLock { $0 = Self.text(found) }
      }
      let text = told.withLock { $0 }
      #expect(try text.contains("\"text\":\"\(ServerKit.transcript())\""))
      #expect(text.contains("transcript-stop"))
    }

    @Test func theMachineIsMeasured() async throws {
      let trials = Mutex<[Int]>([])
      let best = try await SpeechServer.measure(
        ServerKit.settings(),
        sound: Waveform(samples: SyntheticVoice.speech(seconds: 0.5), sampleRate: 16000),
        mostStreams: 2
      ) { trial in
        #expect(trial.failureCount == 0)
        trials.withLock { $0.append(trial.streamCount) }
      }
      #expect(trials.withLock { $0.first } == 2)
      #expect((0...2).contains(best))
    }

    @Test func wyomingHasItsPort() async throws {
      try await Self.withServer { _, port, _ in
        let found = try await Self.send(Array("{\"type\":\"describe\"}\n".utf8), to: port) {
          Self.text($0).contains("supports_transcript_streaming")
        }
        #expect(Self.text(found).contains("\"type\":\"info\""))
        let refused = try await Self.send(Array("GET / HTTP/1.1\r\n\r\n".utf8), to: port)
        #expect(Self.text(refused).contains("malformed"))
      }
    }
  }
#endif
