import Foundation
import ParlaAudio
import ParlaDecoding
import ParlaFiles
import ParlaRecognition
import ParlaTestSupport
import Testing

@testable import ParlaServer

@Suite(.timeLimit(.minutes(10))) struct StreamsTests {
  private static let config = SocketMessage.text(#"{"config":{"sample_rate":16000.0,"words":1}}"#)

  @Test(arguments: [999, 3200, 1_000_000]) func voskAnswersEachPieceOnce(length: Int) async throws {
    let site = try ServerKit.site()
    let pieces = ServerKit.pieces(ServerKit.speech, length: length)
    let (replies, code) = try await ServerKit.speak(
      site, "/", [Self.config] + pieces + [.text(#"{"eof" : 1}"#)])
    #expect(replies.count == pieces.count + 1)
    #expect(replies.allSatisfy { ($0["partial"] == nil) != ($0["text"] == nil) })
    let texts = replies.compactMap { $0["text"]?.text }.filter { !$0.isEmpty }
    #expect(try texts == [ServerKit.transcript()])
    #expect(code == 1000)
    #expect(site.metrics.streamCount == 0)
  }

  @Test func voskBeginsAgainAfterAReset() async throws {
    let pieces = ServerKit.pieces(ServerKit.speech, length: 6400)
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/",
      [Self.config] + pieces + [.text(#"{"reset":1}"#)] + pieces + [.text(#"{"eof":true}"#)])
    let results = replies.filter { $0["result"] != nil }
    #expect(results.count == 2)
    #expect(results.first == results.last)
  }

  @Test(arguments: ["0", "-1", "1e9", "\"abc\"", "null", "[]", "true", "{\"a\":1}"])
  func voskRefusesImpossibleRates(rate: String) async throws {
    let (replies, code) = try await ServerKit.speak(
      ServerKit.site(), "/", [.text("{\"config\":{\"sample_rate\":\(rate)}}"), .binary([0, 0])])
    #expect(replies.isEmpty)
    #expect(code == 1008)
  }

  @Test(arguments: ["\"16000\"", "16000.0", "\"16000.0\""])
  func voskTakesRatesAsTexts(rate: String) async throws {
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/",
      [.text("{\"config\":{\"sample_rate\":\(rate)}}")]
        + ServerKit.pieces(ServerKit.speech, length: 6400) + [.text(#"{"eof":1}"#)])
    #expect(try replies.last?["text"]?.text == ServerKit.transcript())
  }

  @Test(arguments: [
    #"{"model":"no-such"}"#, #"{"model":1}"#, #"{"phrase_list":["über","夏"]}"#,
    #"{"phrase_list":"a b"}"#, #"{"phrase_list":[1]}"#, #"{"hot_words":{}}"#, #"{"words":"x"}"#,
    #"{"max_alternatives":"many"}"#, #"{"scorer":2}"#,
  ])
  func voskRefusesWhatItCannotDo(config: String) async throws {
    let (replies, code) = try await ServerKit.speak(
      ServerKit.site(), "/", [.text("{\"config\":\(config)}"), .binary([0, 0])])
    #expect(replies.isEmpty)
    #expect(code == 1008)
  }

  @Test(arguments: [
    #"{"model":"whisper-1"}"#, #"{"phrase_list":["über","a"]}"#, #"{"phrase_list":["[unk]"]}"#,
    #"{"phrase_list":[],"words":null,"model":null}"#, #"{"max_alternatives":-1,"no_such":[]}"#,
  ])
  func voskTakesWhatItCan(config: String) async throws {
    let (replies, code) = try await ServerKit.speak(
      ServerKit.site(), "/",
      [.text("{\"config\":\(config)}"), .binary([0, 0]), .text(#"{"eof":1}"#)])
    #expect(replies.count == 2)
    #expect(code == 1000)
  }

  @Test func voskKeepsWhatWasSaidBeforeAConfiguration() async throws {
    let pieces = ServerKit.pieces(ServerKit.speech, length: 6400)
    let later = SocketMessage.text(
      #"{"config":{"sample_rate":16000,"words":0,"phrase_list":["a"]}}"#)
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/",
      [Self.config] + pieces.prefix(4) + [later] + pieces.dropFirst(4) + [.text(#"{"eof":1}"#)])
    #expect(try replies.last?["text"]?.text == ServerKit.transcript())
    #expect(replies.last?["result"] == nil)
  }

  @Test func phrasesAreTheirWordsInAnyOrder() throws {
    let decoder = BeamSearchDecoder(beamWidth: 10)
    let site = try ServerKit.site { settings in
      let load = settings.models[0].load
      settings.models[0] = .init(name: "small") {
        var recognizer = try load()
        recognizer.decoder = decoder
        return recognizer
      }
    }
    let model = try site.models.model(nil)
    let found = model.decoder(preferring: [], boost: 4, only: ["b  A", "ab", "[unk]", "über a"])
    #expect(
      try found?.grammar == Grammar(words: ["a", "ab", "b"], alphabet: model.recognizer.alphabet))
    #expect(found?.hotPhrases != nil)
    #expect(model.decoder(preferring: [], boost: 4, only: ["[unk]"])?.grammar == nil)
  }

  @Test func whenTheServerStopsStreamsEndWithTheirText() async throws {
    let (replies, code) = try await ServerKit.speak(
      ServerKit.site(), "/",
      [Self.config] + ServerKit.pieces(ServerKit.speech, length: 6400) + [.stopping])
    #expect(try replies.last?["text"]?.text == ServerKit.transcript())
    #expect(code == 1001)
  }

  @Test func streamsKeepTheirModelWhenModelsAreReadAgain() async throws {
    let site = try ServerKit.site()
    let before = try ObjectIdentifier(site.models.model(nil).scheduler)
    let pieces = ServerKit.pieces(ServerKit.speech, length: 6400)
    let messages = [Self.config] + pieces + [.text(#"{"eof" : 1}"#)]
    let replies = Collected()
    var sent = 0
    let socket = Socket(sender: SocketSender(send: { replies.add($0) }, close: { _, _ in })) {
      sent += 1
      if sent == 5 { try site.models.load() }
      return sent <= messages.count ? messages[sent - 1] : nil
    }
    let head = RequestHead(method: "GET", target: "/", headers: [])
    try await VoskSession(site, socket, head).run()
    let texts = try replies.all.compactMap {
      try JSONValue(bytes: Array($0.utf8))["text"]?.text
    }
    #expect(try texts.filter { !$0.isEmpty } == [ServerKit.transcript()])
    #expect(try ObjectIdentifier(site.models.model(nil).scheduler) != before)
  }

  @Test func deepgramTellsWindowsThatFollowOneAnother() async throws {
    let target = "/v1/listen?encoding=linear16&sample_rate=16000&interim_results=true&model=nova-3"
    let (replies, code) = try await ServerKit.speak(
      ServerKit.site(), target,
      [.text(#"{"type":"KeepAlive"}"#)] + ServerKit.pieces(ServerKit.speech, length: 777)
        + [.text(#"{"type":"Finalize"}"#), .text(#"{"type":"CloseStream"}"#)])
    let finals = replies.filter { $0["is_final"]?.truth == true }
    #expect(finals.contains { $0["from_finalize"]?.truth == true })
    var end = 0.0
    for result in finals {
      #expect((result["start"]?.double ?? -1) >= end - 0.001)
      end = (result["start"]?.double ?? 0) + (result["duration"]?.double ?? 0)
    }
    let said = finals.compactMap { result in
      guard case .array(let alternatives) = result["channel"]?["alternatives"] else {
        return nil as String?
      }
      return alternatives.first?["transcript"]?.text
    }
    #expect(try said.filter { !$0.isEmpty }.joined(separator: " ") == ServerKit.transcript())
    #expect(replies.last?["type"]?.text == "Metadata")
    #expect(abs((replies.last?["duration"]?.double ?? 0) - 1.6) < 0.01)
    #expect(code == 1000)
  }

  @Test(arguments: ["wav", "flac"])
  func deepgramRecognisesFilesInPieces(format: String) async throws {
    let bytes = try withTemporaryFolder { folder in
      let path = "\(folder)/a.\(format)"
      try AudioFile.write(AudioFile.read(bytes: ServerKit.wav, sampleRate: 16000), to: path)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/v1/listen", ServerKit.pieces(bytes, length: 1000) + [.binary([])])
    let text = try ServerKit.transcript()
    #expect(replies.contains { $0.line.contains("\"transcript\":\"\(text)\"") })
  }

  /// Why a Deepgram client's stream of these messages is closed.
  private static func failure(
    _ site: Site, _ messages: [SocketMessage]
  ) async throws -> RequestFailure? {
    do { _ = try await ServerKit.speak(site, "/v1/listen", messages) } catch {
      return RequestFailure(error)
    }
    return nil
  }

  @Test func deepgramNamesTheSoundAsTheClientKnowsIt() async throws {
    let failure = try await Self.failure(
      ServerKit.site(), [.binary([UInt8](repeating: 0x78, count: 4000)), .binary([])])
    #expect(failure?.status == 400)
    #expect(failure?.message.hasPrefix("the stream: starts with") == true)
  }

  @Test func deepgramsFilesHaveALimit() async throws {
    let site = try ServerKit.site { $0.limits.uploadBytes = 5000 }
    let flac = Array("fLaC".utf8) + [UInt8](repeating: 0, count: 3000)
    let failure = try await Self.failure(site, [.binary(flac), .binary(flac), .binary([])])
    #expect(failure?.status == 400)
    #expect(failure?.message.contains("larger than") == true)
    let text = SocketMessage.text(String(repeating: " ", count: 100_000))
    #expect(try await Self.failure(site, [text])?.status == 400)
  }

  @Test(arguments: [
    "encoding=no-such&sample_rate=16000", "encoding=linear16&sample_rate=0", "encoding=linear16",
  ])
  func deepgramRefusesBeforeTheUpgrade(query: String) async throws {
    let (answer, text) = try await ServerKit.ask(
      ServerKit.site(), "GET", "/v1/listen?\(query)", [("Upgrade", "websocket")])
    #expect(answer.status == 400)
    #expect(answer.headers.contains { $0.name == "dg-error" })
    #expect(try JSONValue(bytes: Array(text.utf8))["err_msg"] != nil)
  }

  @Test func realtimeTellsEachItemInOrder() async throws {
    let update = SocketMessage.text(
      #"{"type":"session.update","session":{"type":"transcription","audio":{"input":{"format":{"type":"audio/pcm","rate":16000},"turn_detection":null}}}}"#
    )
    let sound = ServerKit.pieces(ServerKit.speech, length: 4801).map { message in
      guard case .binary(let bytes) = message else { return message }
      let base64 = Data(bytes).base64EncodedString()
      return .text("{\"type\":\"input_audio_buffer.append\",\"audio\":\"\(base64)\"}")
    }
    let commit = SocketMessage.text(#"{"type":"input_audio_buffer.commit","event_id":"mine"}"#)
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/v1/realtime?intent=transcription",
      [update] + sound + [commit, commit, .text("42"), .text("hello")])
    let types = replies.compactMap { $0["type"]?.text }
    #expect(types.prefix(2) == ["session.created", "session.updated"])
    let input = replies[1]["session"]?["audio"]?["input"]
    #expect(input?["turn_detection"] == .null)
    let told = types.filter { !$0.hasSuffix(".delta") }.dropFirst(2)
    #expect(
      Array(told) == [
        "input_audio_buffer.committed", "conversation.item.added",
        "conversation.item.input_audio_transcription.completed", "conversation.item.done", "error",
        "error", "error",
      ])
    let text = try ServerKit.transcript()
    #expect(replies.compactMap { $0["delta"]?.text }.joined() == text)
    #expect(replies.compactMap { $0["transcript"]?.text } == [text])
    let error = replies.first { $0["type"]?.text == "error" }?["error"]
    #expect(error?["code"]?.text == "input_audio_buffer_commit_empty")
    #expect(error?["event_id"]?.text == "mine")
    #expect(Set(replies.compactMap { $0["event_id"]?.text }).count == replies.count)
  }

  /// What a realtime client sends for sound.
  private static func appending(_ bytes: [UInt8]) -> SocketMessage {
    let base64 = Data(bytes).base64EncodedString()
    return .text("{\"type\":\"input_audio_buffer.append\",\"audio\":\"\(base64)\"}")
  }

  private static func updating(
    rate: Int = 16000, model: String, _ type: String = "session.update"
  ) -> SocketMessage {
    .text(
      "{\"type\":\"\(type)\",\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":{\"turn_detection\":null,"
        + "\"format\":{\"type\":\"audio/pcm\",\"rate\":\(rate)},\"transcription\":{\"model\":\"\(model)\"}}}}}"
    )
  }

  private static let commit = SocketMessage.text(#"{"type":"input_audio_buffer.commit"}"#)

  @Test func realtimeAppliesAnUpdateToWhatIsSaidNext() async throws {
    let other = try ServerKit.recognizer(seed: 11)
    let site = try ServerKit.site { $0.models.append(.init(name: "other") { other }) }
    func transcripts(_ messages: [SocketMessage]) async throws -> [String] {
      let (replies, _) = try await ServerKit.speak(site, "/v1/realtime", messages)
      #expect(!replies.contains { $0["type"]?.text == "error" })
      return replies.compactMap { $0["transcript"]?.text }
    }
    let (half, rest) = (
      Self.appending(Array(ServerKit.speech.prefix(24000))),
      Self.appending(Array(ServerKit.speech.dropFirst(24000)))
    )
    let (small, big) = (Self.updating(model: "small"), Self.updating(model: "other"))
    let once = [half, rest, Self.commit]
    let unchanged = try await transcripts([small] + once + once)
    let before = try await transcripts([big] + once + once)
    #expect(unchanged.count == 2)
    #expect(zip(unchanged, before).allSatisfy { $0 != $1 })
    let between = try await transcripts([small, half, big, rest, Self.commit] + once)
    #expect(between == [unchanged[0], before[1]])
  }

  @Test func realtimeTakesAnotherFormatInTheMiddle() async throws {
    let (replies, _) = try await ServerKit.speak(
      ServerKit.site(), "/v1/realtime",
      [
        Self.updating(model: "small"), Self.appending([UInt8](repeating: 0, count: 32000)),
        Self.updating(rate: 8000, model: "small"),
        Self.appending([UInt8](repeating: 0, count: 16000)), Self.commit,
      ])
    let completed = replies.first { $0["type"]?.text?.hasSuffix("transcription.completed") == true }
    #expect(completed?["usage"]?["seconds"]?.double == 2)
  }

  /// The messages that a Wyoming client receives.
  private static func wyoming(_ messages: [WyomingMessage]) async throws -> [WyomingMessage] {
    let sent = Collected()
    var rest = messages.flatMap(\.bytes)[...]
    let session = WyomingSession(try ServerKit.site()) {
      let piece = Array(rest.prefix(1500))
      rest = rest.dropFirst(piece.count)
      return piece.isEmpty ? nil : .bytes(piece)
    } send: { bytes in
      sent.add(String(decoding: bytes, as: UTF8.self))
    }
    try await session.run {}
    var reader = WyomingReader()
    return try reader.feed(Array(sent.all.joined().utf8))
  }

  @Test func wyomingAlwaysTellsATranscript() async throws {
    let format: [String: JSONValue] = ["rate": 16000, "width": 2, "channels": 1]
    let stop = WyomingMessage(type: "audio-stop")
    let chunks = ServerKit.pieces(ServerKit.speech, length: 2048).map { message in
      guard case .binary(let bytes) = message else { return stop }
      return WyomingMessage(type: "audio-chunk", data: format, payload: bytes)
    }
    let told = try await Self.wyoming(
      [WyomingMessage(type: "describe"), WyomingMessage(type: "transcribe")] + chunks + [
        stop, stop,
      ])
    let text = try ServerKit.transcript()
    #expect(told.first?.type == "info")
    #expect(
      told.filter { $0.type == "transcript" }.compactMap { $0.data["text"]?.text } == [text, ""])
    #expect(
      told.filter { $0.type == "transcript-chunk" }.compactMap { $0.data["text"]?.text }.joined()
        == text)
    #expect(told.last?.type == "transcript-stop")
  }

  @Test func wyomingPassesOverWhatItDoesNotKnow() async throws {
    let told = try await Self.wyoming([
      WyomingMessage(type: "no-such", data: ["a": 1], payload: [1, 2, 3]),
      WyomingMessage(type: "ping", data: ["text": "abc"]),
    ])
    #expect(told.map(\.type) == ["pong"])
    #expect(told.first?.data["text"]?.text == "abc")
  }

  @Test(
    arguments: [
      ["rate": 0, "width": 2, "channels": 1], ["rate": 16000, "width": 77, "channels": 1],
      ["rate": 16000, "width": 2, "channels": 0], ["rate": "x", "width": 2, "channels": 1], [:],
    ] as [[String: JSONValue]])
  func wyomingSaysOnceThatAFormatIsImpossible(format: [String: JSONValue]) async throws {
    let chunk = WyomingMessage(type: "audio-chunk", data: format, payload: [1, 2, 3, 4])
    let start = WyomingMessage(type: "audio-start", data: format)
    let stop = WyomingMessage(type: "audio-stop")
    let told = try await Self.wyoming([start, chunk, chunk, stop, chunk, stop])
    #expect(
      told.map(\.type)
        == Array(
          repeating: ["error", "transcript-start", "transcript", "transcript-stop"], count: 2
        ).flatMap { $0 })
    #expect(told.first?.data["text"]?.text?.contains("expected") == true)
    #expect(told.first?.data["code"]?.text == "unsupported")
  }
}
