import ParlaFiles
import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// What comes over a connection of the Wyoming protocol.
enum WyomingInput: Sendable {
  case bytes([UInt8])
  /// The server is about to stop: send the text so far.
  case stopping
}

/// A connection of the Wyoming protocol, as Home Assistant speaks it: one utterance after another.
final class WyomingSession {
  private let site: Site
  private let receive: () async throws -> WyomingInput?
  private let send: @Sendable ([UInt8]) async throws -> Void
  private let watchdog: Watchdog
  private let silence: Watchdog
  private var reader = WyomingReader()
  private var asked: [String: JSONValue] = [:]
  private var announced: SampleFormat?
  private var listening: Listening?
  /// Whether it was said why the present utterance is not recognised.
  private var isRefused = false

  /// An utterance that is being recognised.
  private final class Listening {
    let live: LiveRecognition
    let words: SpokenWords
    let place: Metrics.Place
    let format: SampleFormat
    let source: SampleSource

    init(
      _ live: LiveRecognition, _ words: SpokenWords, _ place: Metrics.Place, _ format: SampleFormat,
      target: Int
    ) {
      self.live = live
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
    silence = Watchdog(patience: .seconds(site.limits.silentSeconds))
  }

  /// Speaks with the client until either goes; `giveUp` ends a connection whose event or utterance never comes to its end.
  func run(giveUp: @escaping @Sendable () async -> Void) async throws {
    let watches = [watchdog, silence].map { dog in
      dog.rest()
      return Task { if await dog.expires() { await giveUp() } }
    }
    defer { for watch in watches { watch.cancel() } }
    while let input = try await receive() {
      silence.rest()
      guard case .bytes(let bytes) = input else {
        if listening != nil { try await end() }
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
      if listening != nil { silence.touch() }
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
      listening = nil
      isRefused = false
    case "audio-start":
      announced = nil
      listening = nil
      isRefused = false
      do { announced = try format(message) } catch { try await refuse(error) }
    case "audio-chunk": try await take(message)
    case "audio-stop": try await end()
    default: break
    }
  }

  /// How samples are written; nil where the event does not say it.
  private func format(_ message: WyomingMessage) throws(RequestFailure) -> SampleFormat? {
    let said = ["rate", "width", "channels"].compactMap { name -> JSONValue? in
      message.data[name].flatMap { $0 == .null ? nil : $0 }
    }
    guard said.count == 3 else { return nil }
    guard let rate = said[0].int, let width = said[1].int, let channels = said[2].int,
      let format = SampleFormat(width: width, channelCount: channels, sampleRate: rate)
    else {
      let found = said.map { $0.line.prefix(20) }
      throw .bad(
        "\(message.type): found a rate of \(found[0]), a width of \(found[1]) and \(found[2]) channels, expected "
          + "1000 to 384000 hertz, 1 to 4 bytes and 1 to 32 channels.")
    }
    return format
  }

  /// Says once why an utterance is not recognised; its transcript will be empty.
  private func refuse(_ failure: RequestFailure) async throws {
    guard !isRefused else { return }
    isRefused = true
    listening = nil
    let code = failure.status == 503 ? "busy" : "unsupported"
    try await send(
      WyomingMessage(
        type: "error", data: ["text": .string(failure.message), "code": .string(code)]
      )
      .bytes)
  }

  private func take(_ message: WyomingMessage) async throws {
    guard !message.payload.isEmpty, !isRefused else { return }
    do {
      guard let format = try format(message) ?? announced else {
        throw RequestFailure.bad(
          "\(message.type): found no rate, width and channels, expected them here or in audio-start."
        )
      }
      // What changes its format in between is recognised by its new one.
      if let listening, listening.format != format {
        try await tell(listening.live.flush(), listening)
      }
      let current = try listening.flatMap { $0.format == format ? $0 : nil } ?? begin(format)
      listening = current
      try await tell(current.live.feed(message.payload, through: current.source), current)
    } catch let failure as RequestFailure { try await refuse(failure) }
  }

  private func begin(_ format: SampleFormat) throws -> Listening {
    let place =
      try listening?.place ?? site.metrics.openStream("wyoming", limit: site.limits.streams)
    let language = asked["language"]?.text
    let model = try site.models.model(asked["name"]?.text, language: language)
    let names = (asked["transcript_names"]?.texts ?? []) + (asked["transcript_terms"]?.texts ?? [])
    let words =
      listening?.words ?? SpokenWords(language: model.shortLanguage(asked: language), send)
    let live = LiveRecognition(model, decoder: model.decoder(preferring: names, boost: 4)) {
      transcript in
      // A client that is gone ends its connection elsewhere.
      try? await words.tell(partial: transcript.text)
    }
    return Listening(live, words, place, format, target: model.recognizer.sampleRate)
  }

  private func tell(_ events: [LiveRecognition.Event], _ listening: Listening) async throws {
    for event in events {
      if case .utterance(let transcripts, _, _) = event, let best = transcripts.first {
        try await listening.words.tell(utterance: best.text)
      }
    }
  }

  /// The transcript, whatever came: without one Home Assistant would wait for it.
  private func end() async throws {
    defer {
      listening = nil
      announced = nil
      isRefused = false
      asked = [:]
    }
    guard let listening else {
      let language = site.models.all.first?.shortLanguage(asked: asked["language"]?.text) ?? "und"
      try await SpokenWords(language: language, send).finish()
      return
    }
    let events = try await listening.live.feed(listening.source.finish()) + listening.live.finish()
    try await tell(events, listening)
    site.metrics.count(sound: listening.source.seconds)
    try await listening.words.finish()
  }

  /// The server's description; it is sent even while models are loading.
  private var info: WyomingMessage {
    let attribution: JSONValue = ["name": "Parla", "url": ""]
    let loaded = site.models.all
    let models: [JSONValue] = site.models.names.map { name in
      let language =
        loaded.first { $0.name == name }?.shortLanguage() ?? site.settings.language ?? "und"
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
