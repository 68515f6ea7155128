import ParlaFiles
import ParlaRecognition
import ParlaTranscripts

/// Vosk's protocol (alphacep/vosk-server): each piece of sound gets one reply, in order.
final class VoskSession {
  private let site: Site
  private let socket: Socket
  private var model: ServedModel
  private var settings = Settings()
  private var live: LiveRecognition
  private var source: SampleSource

  /// What a client may configure.
  private struct Settings {
    /// vosk-server's own default.
    var sampleRate = 8000
    var hasWords = true
    var alternatives = 0
    var phrases: [String] = []
    var hotWords: [String] = []
    var usesScorer = true
    var model: ServedModel?
  }

  /// More words in a list of phrases are refused.
  private static let mostWords = 10_000
  private static let mostBytes = 1 << 17
  private static let longestWord = 400
  private static let longestText = 1 << 20

  /// Why the stream is closed, in words of the program.
  private struct Refusal: Error {
    let reason: String
  }

  init(_ site: Site, _ socket: Socket, _ head: RequestHead) throws(RequestFailure) {
    self.site = site
    self.socket = socket
    model = try site.models.model(head.queryValue("model"))
    live = Self.live(model, settings)
    source = SampleSource(Self.usual, target: model.recognizer.sampleRate)
  }

  private static var usual: SampleFormat {
    guard let format = SampleFormat(sampleRate: 8000) else {
      preconditionFailure("a rate that is taken")
    }
    return format
  }

  private static func live(_ model: ServedModel, _ settings: Settings) -> LiveRecognition {
    LiveRecognition(
      model,
      decoder: model.decoder(
        preferring: settings.hotWords, boost: 4, only: settings.phrases,
        usesScorer: settings.usesScorer),
      candidateCount: max(1, settings.alternatives))
  }

  /// Speaks with the client until either goes.
  func run() async throws {
    do {
      while let message = try await socket.receive() {
        switch message {
        case .binary(let bytes): try await socket.sender.send(take(bytes))
        case .text(let text):
          guard try await obey(text) else { return }
        case .stopping:
          try await socket.sender.send(end())
          try await socket.sender.close(1001, "the server stops")
          return
        }
      }
    } catch let refusal as Refusal {
      try await socket.sender.close(1008, refusal.reason)
    }
  }

  /// The one reply to a piece.
  private func take(_ bytes: [UInt8]) async throws -> JSONValue {
    let events = try await live.feed(bytes, through: source)
    let transcribed = Self.utterances(events)
    guard transcribed.isEmpty else { return result(transcribed) }
    return ["partial": .string(try await live.partial()?.text ?? "")]
  }

  /// The final result of everything that was not sent yet.
  private func end() async throws -> JSONValue {
    site.metrics.count(sound: source.seconds)
    let events = try await live.feed(source.finish()) + live.finish()
    return result(Self.utterances(events))
  }

  /// Does what a text says; false once the stream is over.
  private func obey(_ text: String) async throws -> Bool {
    guard text.utf8.count <= Self.longestText,
      let json = try? JSONValue(message: text)
    else {
      throw Refusal(
        reason: "found a text that is no JSON or too long, expected {\"config\": …} or {\"eof\": 1}"
      )
    }
    if let config = json["config"] {
      try configure(config)
    } else if json["eof"] != nil {
      try await socket.sender.send(end())
      try await socket.sender.close(1000, "")
      return false
    } else if json["reset"] != nil {
      try await socket.sender.send(end())
      begin()
    }
    return true
  }

  private func configure(_ config: JSONValue) throws {
    guard let members = config.members else { throw Refusal(reason: "config is no object") }
    if let rate = members["sample_rate"] {
      guard let number = rate.double, let whole = Int(exactly: number.rounded()),
        SampleFormat(sampleRate: whole) != nil
      else {
        throw Refusal(
          reason: "sample_rate is \(rate.line.prefix(30)), expected a number from 1000 to 384000")
      }
      settings.sampleRate = whole
    }
    func take<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws
      -> Value?
    {
      guard let json = members[key], json != .null else { return nil }
      guard let value = read(json) else {
        throw Refusal(reason: "\(key) is \(json.line.prefix(30)), expected \(expected)")
      }
      return value
    }
    settings.hasWords = try take("words", "true or false") { $0.truth } ?? settings.hasWords
    settings.alternatives = min(
      max(
        try take("max_alternatives", "a whole number") { $0.int } ?? settings.alternatives, 0), 10)
    settings.phrases = try take("phrase_list", "a list of texts") { $0.texts } ?? settings.phrases
    settings.hotWords = try take("hot_words", "a list of texts") { $0.texts } ?? settings.hotWords
    settings.usesScorer = try take("scorer", "true or false") { $0.truth } ?? settings.usesScorer
    if let name = try take("model", "a name", { $0.text }) {
      do { settings.model = try site.models.model(name) } catch {
        throw Refusal(reason: error.message)
      }
    }
    try checkPhrases()
    // What was said already is not lost: what changes how it is recognised waits for a reset, as in vosk-server.
    if source.count == 0 { begin() }
  }

  /// Phrases of which nothing is left would let everything be said.
  private func checkPhrases() throws {
    let byteCount = settings.phrases.reduce(0) { $0 + $1.utf8.count }
    guard byteCount <= Self.mostBytes else {
      throw Refusal(reason: "phrase_list has \(byteCount) bytes, expected up to \(Self.mostBytes)")
    }
    let longest =
      settings.phrases.flatMap { $0.split(whereSeparator: \.isWhitespace) }
      .map(\.utf8.count).max() ?? 0
    guard longest <= Self.longestWord else {
      throw Refusal(
        reason: "phrase_list has a word of \(longest) bytes, expected up to \(Self.longestWord)")
    }
    let wordCount = settings.phrases.reduce(0) { $0 + $1.count(where: \.isWhitespace) + 1 }
    guard wordCount <= Self.mostWords else {
      throw Refusal(reason: "phrase_list has \(wordCount) words, expected up to \(Self.mostWords)")
    }
    let model = settings.model ?? model
    guard model.canRecognise(only: settings.phrases) else {
      throw Refusal(
        reason:
          "phrase_list has no word in the letters of the model \(model.name.prefix(20)), expected some"
      )
    }
  }

  private func begin() {
    model = settings.model ?? model
    live = Self.live(model, settings)
    let format = SampleFormat(sampleRate: settings.sampleRate) ?? Self.usual
    source = SampleSource(format, target: model.recognizer.sampleRate)
  }

  private static func utterances(_ events: [LiveRecognition.Event]) -> [[Transcript]] {
    events.compactMap { event in
      if case .utterance(let transcripts, _, _) = event { transcripts } else { nil }
    }
  }

  /// Utterances as one result: several where one piece held several.
  private func result(_ utterances: [[Transcript]]) -> JSONValue {
    let best = utterances.compactMap(\.first)
    let text = best.map(\.text).joined(separator: " ")
    let words = best.flatMap(\.words)
    guard settings.alternatives > 0 else {
      guard settings.hasWords, !words.isEmpty else { return ["text": .string(text)] }
      return ["text": .string(text), "result": .array(words.map(\.vosk))]
    }
    let all =
      utterances.count == 1
      ? utterances[0]
      : [
        Transcript(
          text: text, words: words,
          naturalLogProbability: best.reduce(0) { $0 + $1.naturalLogProbability })
      ]
    return [
      "alternatives": .array(
        all.prefix(settings.alternatives).map { transcript in
          var alternative: [String: JSONValue] = [
            "confidence": .seconds(transcript.naturalLogProbability),
            "text": .string(transcript.text),
          ]
          if settings.hasWords, !transcript.words.isEmpty {
            alternative["result"] = .array(transcript.words.map(\.vosk))
          }
          return .object(alternative)
        })
    ]
  }
}
