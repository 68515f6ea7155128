import ParlaFiles

/// What a client of OpenAI's realtime transcription has set.
struct RealtimeSettings: Sendable {
  /// How sound is written.
  enum Format: Sendable, Equatable {
    case pcm(rate: Int)
    case mulaw
    case alaw
  }

  var format = Format.pcm(rate: 24000)
  var model: String?
  var language: String?
  var prompt: String?
  /// Whether the server detects the end of an utterance; otherwise the client does.
  var endsTurns = true
  private var turnDetection: JSONValue = [
    "type": "server_vad", "threshold": .number(0.5), "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
  ]
  private var noiseReduction = JSONValue.null
  private static let longestPrompt = 1 << 16
  private var include = JSONValue.array([])

  /// Takes what `session` changes: what is absent stays, what is null is off.
  ///
  /// - Throws: `RequestFailure` for what cannot be; nothing is changed then.
  mutating func update(_ session: JSONValue, isBeta: Bool) throws(RequestFailure) {
    guard let members = session.members else {
      throw .bad("session is no object.", param: "session")
    }
    var changed = self
    if isBeta {
      try changed.setFormat(members["input_audio_format"])
      try changed.setTranscription(members["input_audio_transcription"])
      try changed.setTurnDetection(members["turn_detection"])
    } else if let audio = members["audio"] {
      guard let input = audio["input"]?.members else {
        throw .bad("session.audio.input is no object.", param: "session.audio.input")
      }
      try changed.setFormat(input["format"])
      try changed.setTranscription(input["transcription"])
      try changed.setTurnDetection(input["turn_detection"])
      changed.noiseReduction = input["noise_reduction"] ?? changed.noiseReduction
    }
    changed.include = members["include"] ?? changed.include
    self = changed
  }

  private mutating func setFormat(_ json: JSONValue?) throws(RequestFailure) {
    guard let json, json != .null else { return }
    let name = json.text ?? json["type"]?.text
    switch name {
    case "audio/pcm", "pcm16":
      let rate = json["rate"] == nil ? 24000 : json["rate"]?.int ?? 0
      guard (8000...48000).contains(rate) else {
        throw .bad(
          "The rate of the sound is impossible, expected 8000 to 48000.",
          param: "session.audio.input.format.rate")
      }
      format = .pcm(rate: rate)
    case "audio/pcmu", "g711_ulaw": format = .mulaw
    case "audio/pcma", "g711_alaw": format = .alaw
    default:
      throw .bad(
        "The format of the sound is not known, expected audio/pcm, audio/pcmu or audio/pcma.",
        param: "session.audio.input.format")
    }
  }

  private mutating func setTranscription(_ json: JSONValue?) throws(RequestFailure) {
    guard let json, json != .null else { return }
    guard let members = json.members else {
      throw .bad("transcription is no object.", param: "session.audio.input.transcription")
    }
    model = members["model"]?.text ?? model
    language = members["language"]?.text ?? language
    prompt = members["prompt"]?.text ?? prompt
    guard (prompt ?? "").utf8.count <= Self.longestPrompt else {
      throw .bad(
        "prompt has more than \(Self.longestPrompt) bytes. Send the words that matter.",
        param: "session.audio.input.transcription.prompt")
    }
  }

  private mutating func setTurnDetection(_ json: JSONValue?) throws(RequestFailure) {
    guard let json else { return }
    guard json == .null || json.members != nil else {
      throw .bad(
        "turn_detection is neither null nor an object.", param: "session.audio.input.turn_detection"
      )
    }
    endsTurns = json != .null
    turnDetection = json
  }

  /// How samples are written.
  var sampleFormat: SampleFormat? {
    switch format {
    case .pcm(let rate): SampleFormat(sampleRate: rate)
    case .mulaw: SampleFormat(encoding: .mulaw, sampleRate: 8000)
    case .alaw: SampleFormat(encoding: .alaw, sampleRate: 8000)
    }
  }

  /// The whole session, as OpenAI shows it.
  func session(id: String) -> JSONValue {
    [
      "type": "transcription", "id": .string(id), "object": "realtime.transcription_session",
      "include": include,
      "audio": [
        "input": [
          "format": formatJSON, "noise_reduction": noiseReduction, "turn_detection": turnDetection,
          "transcription": [
            "model": .string(model ?? "whisper-1"), "language": .optional(language),
            "prompt": .string(prompt ?? ""),
          ],
        ]
      ],
    ]
  }

  private var formatJSON: JSONValue {
    switch format {
    case .pcm(let rate): ["type": "audio/pcm", "rate": .integer(rate)]
    case .mulaw: ["type": "audio/pcmu"]
    case .alaw: ["type": "audio/pcma"]
    }
  }
}
