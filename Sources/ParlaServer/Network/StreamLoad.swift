#if Server
  import Foundation
  import NIOCore
  import NIOPosix
  import ParlaFiles

  /// Clients of Vosk's protocol that speak to a server of this machine in real time.
  struct StreamLoad: Sendable {
    let port: Int
    /// 16-bit samples, in pieces of a tenth of a second.
    let pieces: [[UInt8]]
    let sampleRate: Int
    /// Whether words are spoken, whose times mean something.
    let hasWords: Bool

    private static let pieceSeconds = 0.1

    /// Speaks `sound` in 16-bit samples.
    init(port: Int, sound: [Float], sampleRate: Int, hasWords: Bool) {
      self.port = port
      self.sampleRate = sampleRate
      self.hasWords = hasWords
      let length = Int(Double(sampleRate) * Self.pieceSeconds)
      pieces = stride(from: 0, to: sound.count, by: length).map { start in
        sound[start..<min(start + length, sound.count)].flatMap { sample in
          let value = UInt16(bitPattern: Int16(max(-1, min(1, sample)) * 32767))
          return [UInt8(value & 0xFF), UInt8(value >> 8)]
        }
      }
    }

    /// Lets `count` streams speak, which begin within a second.
    func trial(_ count: Int) async -> StreamTrial? {
      let begin = ContinuousClock.now
      let used = Self.processorSeconds
      let notes = await withTaskGroup(of: StreamNotes.self) { group in
        for index in 0..<count {
          let delay = Double(index) / Double(count)
          group.addTask {
            do {
              try await Task.sleep(for: .seconds(delay))
              return try await speak()
            } catch { return StreamNotes(failureCount: 1) }
          }
        }
        return await group.reduce(StreamNotes(), +)
      }
      let wall = (ContinuousClock.now - begin) / .seconds(1)
      guard let replies = StreamTrial.Percentiles(notes.replies),
        let finals = StreamTrial.Percentiles(notes.finals)
      else { return nil }
      return StreamTrial(
        streamCount: count, failureCount: notes.failureCount, replies: replies,
        words: hasWords ? StreamTrial.Percentiles(notes.words) : nil, finals: finals,
        processorCount: (Self.processorSeconds - used) / wall)
    }

    private func speak() async throws -> StreamNotes {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: "127.0.0.1", port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
          }
        }
      return try await channel.executeThenClose { inbound, outbound in
        var replies = Replies(inbound.makeAsyncIterator())
        try await outbound.write(ByteBuffer(string: Self.upgrade))
        try await replies.skipHead()
        func send(_ opcode: UInt8, _ bytes: [UInt8]) async throws {
          try await outbound.write(ByteBuffer(bytes: Self.frame(opcode, bytes)))
        }
        try await send(
          1, Array(#"{"config":{"sample_rate":\#(sampleRate),"words":true}}"#.utf8))
        var speaker = Speaker()
        for (index, piece) in pieces.enumerated() {
          // A piece exists only once its last sample was spoken.
          let due = Self.pieceSeconds * Double(index + 1)
          try await Task.sleep(until: speaker.begin + .seconds(due), clock: .continuous)
          let sent = ContinuousClock.now
          try await send(2, piece)
          speaker.note(try await replies.next(), sentAt: sent)
        }
        let ended = ContinuousClock.now
        try await send(1, Array(#"{"eof":1}"#.utf8))
        speaker.noteFinal(try await replies.next(), endedAt: ended)
        return speaker.notes
      }
    }

    private static let upgrade =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    /// A frame of a client, masked with zeros (RFC 6455, 5.2).
    private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
      let count = payload.count
      let length: [UInt8] =
        count < 126
        ? [UInt8(count) | 0x80]
        : [126 | 0x80, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
      return [0x80 | opcode] + length + [0, 0, 0, 0] + payload
    }

    private static var processorSeconds: Double {
      var usage = rusage()
      _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
      return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
  }

  /// Text messages of a server, in order.
  private struct Replies {
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var bytes: [UInt8] = []

    init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) {
      self.iterator = iterator
    }

    private mutating func read(_ count: Int) async throws -> [UInt8] {
      while bytes.count < count {
        guard let buffer = try await iterator.next() else { throw ChannelError.eof }
        bytes += Array(buffer: buffer)
      }
      defer { bytes.removeFirst(count) }
      return Array(bytes.prefix(count))
    }

    mutating func skipHead() async throws {
      var last: [UInt8] = []
      while last != [13, 10, 13, 10] { last = last.suffix(3) + (try await read(1)) }
    }

    /// The next text; other frames are passed over.
    mutating func next() async throws -> JSONValue {
      while true {
        let head = try await read(2)
        var count = Int(head[1] & 0x7F)
        if count == 126 { count = try await read(2).reduce(0) { $0 << 8 | Int($1) } }
        if count == 127 { count = try await read(8).reduce(0) { $0 << 8 | Int($1) } }
        let payload = try await read(count)
        if head[0] & 0x0F == 8 { throw ChannelError.eof }
        if head[0] & 0x0F == 1 { return try JSONValue(bytes: payload) }
      }
    }
  }

  /// Notes when a stream's words were seen.
  private struct Speaker {
    let begin = ContinuousClock.now
    private(set) var notes = StreamNotes()
    private var firstSeen: [Double] = []
    private var ends: [Double] = []

    mutating func note(_ reply: JSONValue, sentAt sent: ContinuousClock.Instant) {
      notes.replies.append((ContinuousClock.now - sent) / .milliseconds(1))
      take(reply)
    }

    mutating func noteFinal(_ reply: JSONValue, endedAt ended: ContinuousClock.Instant) {
      notes.finals.append((ContinuousClock.now - ended) / .milliseconds(1))
      take(reply)
      notes.words = zip(firstSeen, ends).map { ($0 - $1) * 1000 }
    }

    private mutating func take(_ reply: JSONValue) {
      let now = (ContinuousClock.now - begin) / .seconds(1)
      if case .array(let words) = reply["result"] { ends += words.compactMap { $0["end"]?.double } }
      let partial = reply["partial"]?.text?.split(separator: " ").count ?? 0
      while firstSeen.count < ends.count + partial { firstSeen.append(now) }
    }
  }
#endif
