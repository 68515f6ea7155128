import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// What comes over a connection of the Wyoming protocol.
enum WyomingInput: Sendable {
  case bytes([UInt8])
  /// The server is about to stop: what has been said so far is to be told.
  case stopping
}

/// A connection of the Wyoming protocol, as Home Assistant speaks it: one utterance after another.
final class WyomingSession {
  private let site: Site
  private let receive: () async throws -> WyomingInput?
  private let send: @Sendable ([UInt8]) async throws -> Void
  private let watchdog: Watchdog
  private var reader = WyomingReader()
  private var asked: [String: JSONValue] = [:]
  private var announced: SampleFormat?
  private var hearing: Hearing?

  /// An utterance that is being recognised.
  private final class Hearing {
    let ear: LiveEar
    let words: SpokenWords
    let place: Metrics.Place
    let format: SampleFormat
    let source: SampleSource

    init(
      _ ear: LiveEar, _ words: SpokenWords, _ place: Metrics.Place, _ format: SampleFormat,
      target: Int
    ) {
      self.ear = ear
      self.words = words
      self.place = place
      self.format = format
      source = SampleSource(format, target: target)
    }
  }

  /// Sends the words that are certain, each once.
  private final class SpokenWords: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let state = Mutex((words: CertainWords(), base: [String](), hasBegun: false))
    private let language: String

    init(language: String, _ send: @escaping @Sendable ([UInt8]) async throws -> Void) {
      self.language = language
      self.send = send
    }

    func tell(partial text: String) async throws {
      try await chunk(state.withLock { $0.words.feed(($0.base + [text]).joined(separator: " ")) })
    }

    func tell(utterance text: String) async throws {
      try await chunk(
        state.withLock { state in
          state.base.append(text)
          return state.words.finish(state.base.joined(separator: " ")).rest
        })
    }

    /// The transcript, and the end of the stream of words.
    func finish() async throws {
      try await begin()
      let text = state.withLock { $0.base.joined(separator: " ") }
      try await send(
        WyomingMessage(
          type: "transcript", data: ["text": .string(text), "language": .string(language)]
        ).bytes)
      try await send(WyomingMessage(type: "transcript-stop").bytes)
    }

    private func begin() async throws {
      let isFirst = state.withLock { state in
        defer { state.hasBegun = true }
        return !state.hasBegun
      }
      guard isFirst else { return }
      try await send(
        WyomingMessage(type: "transcript-start", data: ["language": .string(language)]).bytes)
    }

    private func chunk(_ text: String?) async throws {
      guard let text else { return }
      try await begin()
      try await send(WyomingMessage(type: "transcript-chunk", data: ["text": .string(text)]).bytes)
    }
  }

  /// Reads from `receive`, which gives nil at the end, and writes with `send`.
  init(
    _ site: Site, receive: @escaping () async throws -> WyomingInput?,
    send: @escaping @Sendable ([UInt8]) async throws -> Void
  ) {
    self.site = site
    self.receive = receive
    self.send = send
    watchdog = Watchdog(patience: .seconds(site.limits.patience))
  }

  /// Speaks with the client until either goes; `giveUp` ends a connection whose event never comes to its end.
  func run(giveUp: @escaping @Sendable () async -> Void) async throws {
    watchdog.rest()
    let watch = Task { [watchdog] in if await watchdog.expires() { await giveUp() } }
    defer { watch.cancel() }
    while let input = try await receive() {
      guard case .bytes(let bytes) = input else {
        if hearing != nil { try await end() }
        return
      }
      let hadBegun = reader.hasBegun
      let messages: [WyomingMessage]
      do { messages = try reader.feed(bytes) } catch {
        try await send(
          WyomingMessage(type: "error", data: ["text": .string(error.reason), "code": "malformed"])
            .bytes)
        return
      }
      for message in messages { try await obey(message) }
      // An event that has begun is to come to its end.
      if !reader.hasBegun {
        watchdog.rest()
      } else if !hadBegun || !messages.isEmpty {
        watchdog.touch()
      }
    }
  }

  private func obey(_ message: WyomingMessage) async throws {
    switch message.type {
    case "describe": try await send(info.bytes)
    case "ping":
      try await send(
        WyomingMessage(type: "pong", data: message.data.filter { $0.key == "text" }).bytes)
    case "transcribe":
      asked = message.data
      hearing = nil
    case "audio-start":
      announced = format(message.data)
      hearing = nil
    case "audio-chunk": try await take(message)
    case "audio-stop": try await end()
    default: break
    }
  }

  private func format(_ data: [String: JSONValue]) -> SampleFormat? {
    guard let rate = data["rate"]?.int, let width = data["width"]?.int,
      let channels = data["channels"]?.int
    else { return nil }
    return SampleFormat(width: width, channelCount: channels, sampleRate: rate)
  }

  private func take(_ message: WyomingMessage) async throws {
    guard !message.payload.isEmpty, let format = format(message.data) ?? announced else { return }
    do {
      // What changes its format in between is recognised by its new one.
      if let hearing, hearing.format != format { try await tell(hearing.ear.flush(), hearing) }
      let current = try hearing.flatMap { $0.format == format ? $0 : nil } ?? begin(format)
      hearing = current
      try await tell(current.ear.feed(current.source.feed(message.payload)), current)
    } catch let failure as RequestFailure {
      hearing = nil
      try await send(WyomingMessage(type: "error", data: ["text": .string(failure.message)]).bytes)
    }
  }

  private func begin(_ format: SampleFormat) throws -> Hearing {
    let place = try hearing?.place ?? site.metrics.openStream("wyoming", limit: site.limits.streams)
    let named = try? site.models.model(asked["name"]?.text)
    let model = try named ?? site.models.model(nil)
    let names = (asked["transcript_names"]?.texts ?? []) + (asked["transcript_terms"]?.texts ?? [])
    let words = hearing?.words ?? SpokenWords(language: model.shortLanguage, send)
    let ear = LiveEar(model, decoder: model.decoder(preferring: names, boost: 4)) { transcript in
      // A client that is gone ends its connection elsewhere.
      try? await words.tell(partial: transcript.text)
    }
    return Hearing(ear, words, place, format, target: model.recognizer.sampleRate)
  }

  private func tell(_ events: [LiveEar.Event], _ hearing: Hearing) async throws {
    for event in events {
      if case .utterance(let transcripts, _, _) = event, let best = transcripts.first {
        try await hearing.words.tell(utterance: best.text)
      }
    }
  }

  /// The transcript, whatever came: without one Home Assistant would wait for it.
  private func end() async throws {
    defer {
      hearing = nil
      announced = nil
      asked = [:]
    }
    guard let hearing else {
      try await SpokenWords(language: site.models.all.first?.shortLanguage ?? "en", send).finish()
      return
    }
    let events = try await hearing.ear.feed(hearing.source.finish()) + hearing.ear.finish()
    try await tell(events, hearing)
    site.metrics.count(sound: hearing.source.seconds)
    try await hearing.words.finish()
  }

  /// What the server is; it is told even while models are read.
  private var info: WyomingMessage {
    let attribution: JSONValue = ["name": "Parla", "url": ""]
    let loaded = site.models.all
    let models: [JSONValue] = site.models.names.map { name in
      let language = loaded.first { $0.name == name }?.shortLanguage ?? "en"
      return [
        "name": .string(name), "attribution": attribution, "installed": true,
        "description": .string(name),
        "version": "1", "languages": [.string(language)],
      ]
    }
    let none = JSONValue.array([])
    return WyomingMessage(
      type: "info",
      data: [
        "asr": [
          [
            "name": "parla", "attribution": attribution, "installed": true,
            "description": "Parla speech recognition", "version": "1", "models": .array(models),
            "supports_transcript_streaming": true,
          ]
        ], "tts": none, "handle": none, "intent": none, "wake": none, "mic": none, "snd": none,
      ])
  }
}
