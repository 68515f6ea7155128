import Foundation
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// A session of OpenAI's realtime transcription (WS /v1/realtime): sound in, items with their transcripts out.
final class RealtimeSession {
  private let site: Site
  private let socket: Socket
  private let teller: Teller
  private let id = RealtimeSession.identifier("sess")
  private var settings = RealtimeSettings()
  private var live: LiveRecognition
  private var source: SampleSource
  private var previousItem: String?
  /// Texts of utterances that belong to the item that is not committed.
  private var transcribed: [Transcript] = []
  private var itemSeconds = 0.0
  /// How much was received before `live` began.
  private var startSeconds = 0.0
  private let begun = ContinuousClock.now

  private static let longest = Duration.seconds(1800)

  /// Sends events, and remembers which words of the open item were sent.
  private final class Teller: Sendable {
    private let sender: SocketSender
    private let item = Mutex((id: identifier("item"), words: CertainWords(), base: [String]()))

    init(_ sender: SocketSender) { self.sender = sender }

    func send(_ type: String, _ members: [String: JSONValue] = [:]) async throws {
      var event = members
      event["type"] = .string(type)
      event["event_id"] = .string(identifier("event"))
      try await sender.send(.object(event))
    }

    var itemID: String { item.withLock { $0.id } }

    /// Sends the words that have become final with the text of the current utterance.
    func tell(partial text: String) async throws {
      try await delta(item.withLock { $0.words.feed(($0.base + [text]).joined(separator: " ")) })
    }

    /// An utterance of the item is over.
    func tell(utterance text: String) async throws {
      try await delta(
        item.withLock { item in
          item.base.append(text)
          return item.words.finish(item.base.joined(separator: " ")).rest
        })
    }

    /// The item is over; the next begins.
    func beginItem() { item.withLock { $0 = (identifier("item"), CertainWords(), []) } }

    private func delta(_ text: String?) async throws {
      guard let text else { return }
      try await send(
        "conversation.item.input_audio_transcription.delta",
        ["item_id": .string(itemID), "content_index": 0, "delta": .string(text)])
    }
  }

  init(_ site: Site, _ socket: Socket, _ head: RequestHead) throws(RequestFailure) {
    self.site = site
    self.socket = socket
    teller = Teller(socket.sender)
    settings.model = head.queryValue("model").flatMap { name in
      name.hasPrefix("gpt-realtime") || name.hasPrefix("gpt-4o") ? nil : name
    }
    let model = try site.models.model(settings.model, language: settings.language)
    live = Self.live(model, settings, teller)
    source = Self.source(model, settings)
  }

  private static func live(
    _ model: ServedModel, _ settings: RealtimeSettings, _ teller: Teller
  ) -> LiveRecognition {
    LiveRecognition(model, decoder: decoder(model, settings)) { transcript in
      // A client that is gone ends its session elsewhere.
      try? await teller.tell(partial: transcript.text)
    }
  }

  private static func decoder(
    _ model: ServedModel, _ settings: RealtimeSettings
  ) -> BeamSearchDecoder? {
    let words = (settings.prompt ?? "").start.split { !$0.isLetter && $0 != "'" && $0 != "-" }.map(
      String.init)
    return model.decoder(
      preferring: Array(words.filter { $0.count >= 5 }.prefix(50)), boost: 1.5)
  }

  private static func source(_ model: ServedModel, _ settings: RealtimeSettings) -> SampleSource {
    guard let format = settings.sampleFormat else { preconditionFailure("a rate that is taken") }
    return SampleSource(format, target: model.recognizer.sampleRate)
  }

  static func identifier(_ kind: String) -> String {
    "\(kind)_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(21)
  }

  /// Speaks with the client until either goes.
  func run() async throws {
    try await teller.send("session.created", ["session": settings.session(id: id)])
    while let message = try await socket.receive() {
      switch message {
      case .text(let text):
        var event: JSONValue?
        do {
          let message = try JSONValue(message: text)
          event = message
          try await obey(message)
        } catch let failure as RequestFailure { try await tell(failure, event) }
      case .binary:
        try await tell(.bad("Sound comes as base64 in input_audio_buffer.append."), nil)
      case .stopping:
        if itemSeconds > 0 { try await commit() }
        try await socket.sender.close(1001, "the server stops")
        return
      }
      guard ContinuousClock.now - begun < Self.longest else {
        try await tell(
          RequestFailure(
            status: 400, message: "The session has lasted for 30 minutes. Begin another.",
            code: "session_expired"), nil)
        try await socket.sender.close(1001, "the session has expired")
        return
      }
    }
  }

  private func tell(_ failure: RequestFailure, _ event: JSONValue?) async throws {
    try await teller.send(
      "error",
      [
        "error": [
          "type": .string(failure.type), "code": .optional(failure.code ?? "invalid_value"),
          "message": .string(failure.message), "param": .optional(failure.param),
          "event_id": .optional(event?["event_id"]?.text),
        ]
      ])
  }

  private func obey(_ event: JSONValue) async throws {
    guard let type = event["type"]?.text else {
      throw RequestFailure.bad("The event has no type.", param: "type")
    }
    switch type {
    case "session.update": try await update(event, isBeta: false)
    case "transcription_session.update": try await update(event, isBeta: true)
    case "input_audio_buffer.append": try await append(event)
    case "input_audio_buffer.commit":
      guard itemSeconds > 0 else {
        throw RequestFailure(
          status: 400, message: "There is no sound to commit.",
          code: "input_audio_buffer_commit_empty")
      }
      try await commit()
    case "input_audio_buffer.clear":
      begin(try site.models.model(settings.model, language: settings.language))
      try await teller.send("input_audio_buffer.cleared")
    default:
      throw RequestFailure.bad("There is no event \"\(type.prefix(60))\".", param: "type")
    }
  }

  private func update(_ event: JSONValue, isBeta: Bool) async throws {
    guard let session = event["session"] else {
      throw RequestFailure.bad("The event has no session.", param: "session")
    }
    var changed = settings
    try changed.update(session, isBeta: isBeta)
    let model = try site.models.model(changed.model, language: changed.language)
    try await apply(changed, model)
    try await teller.send(
      isBeta ? "transcription_session.updated" : "session.updated",
      ["session": settings.session(id: id)])
  }

  /// Lets `changed` hold for what is said next; an utterance that is under way ends as it began.
  private func apply(_ changed: RealtimeSettings, _ model: ServedModel) async throws {
    guard model.recognizer.sampleRate == live.rate else {
      guard itemSeconds == 0 else {
        throw RequestFailure.bad(
          "The model \(model.name) takes \(model.recognizer.sampleRate) samples a second, the one of the sound in the buffer "
            + "\(live.rate). Commit or clear the buffer before changing the model.",
          param: "session.audio.input.transcription.model")
      }
      settings = changed
      begin(model)
      return
    }
    if changed.format != settings.format {
      // What has come keeps its format.
      for event in try await live.feed(source.finish()) { try await react(to: event) }
      source = Self.source(model, changed)
    }
    settings = changed
    live.use(model, decoder: Self.decoder(model, settings))
  }

  private func begin(_ model: ServedModel) {
    startSeconds += live.seconds
    live = Self.live(model, settings, teller)
    source = Self.source(model, settings)
    transcribed = []
    itemSeconds = 0
    teller.beginItem()
  }

  private func append(_ event: JSONValue) async throws {
    guard let text = event["audio"]?.text, let data = Data(base64Encoded: text) else {
      throw RequestFailure.bad("audio is no base64.", param: "audio")
    }
    let before = source.seconds
    let events = try await live.feed([UInt8](data), through: source)
    itemSeconds += source.seconds - before
    for event in events { try await react(to: event) }
  }

  private func react(to event: LiveRecognition.Event) async throws {
    switch event {
    case .began(let seconds):
      guard settings.endsTurns else { return }
      try await teller.send(
        "input_audio_buffer.speech_started",
        [
          "audio_start_ms": .integer(Int((startSeconds + seconds) * 1000)),
          "item_id": .string(teller.itemID),
        ])
    case .utterance(let transcripts, _, let end):
      if let best = transcripts.first {
        transcribed.append(best)
        try await teller.tell(utterance: best.text)
      }
      guard settings.endsTurns else { return }
      try await teller.send(
        "input_audio_buffer.speech_stopped",
        [
          "audio_end_ms": .integer(Int((startSeconds + end) * 1000)),
          "item_id": .string(teller.itemID),
        ])
      try await complete()
    case .dismissed: return
    }
  }

  /// Ends the item that the client commits.
  private func commit() async throws {
    let events = try await live.feed(source.finish()) + live.flush()
    let wasEnding = settings.endsTurns
    settings.endsTurns = false
    defer { settings.endsTurns = wasEnding }
    for event in events { try await react(to: event) }
    try await complete()
  }

  /// Sends the complete item.
  private func complete() async throws {
    let item = teller.itemID
    let text = transcribed.map(\.text).joined(separator: " ")
    let content: JSONValue = ["type": "input_audio", "transcript": .null]
    let whole: JSONValue = [
      "id": .string(item), "type": "message", "object": "realtime.item", "status": "completed",
      "role": "user",
      "content": [content],
    ]
    try await teller.send(
      "input_audio_buffer.committed",
      ["item_id": .string(item), "previous_item_id": .optional(previousItem)])
    try await teller.send(
      "conversation.item.added", ["item": whole, "previous_item_id": .optional(previousItem)])
    try await teller.send(
      "conversation.item.input_audio_transcription.completed",
      [
        "item_id": .string(item), "content_index": 0, "transcript": .string(text),
        "usage": ["type": "duration", "seconds": .seconds(itemSeconds)],
      ])
    try await teller.send(
      "conversation.item.done", ["item": whole, "previous_item_id": .optional(previousItem)])
    site.metrics.count(sound: itemSeconds)
    previousItem = item
    transcribed = []
    itemSeconds = 0
    teller.beginItem()
  }
}
