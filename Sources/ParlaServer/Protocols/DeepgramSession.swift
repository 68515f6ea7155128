import Foundation
import ParlaFiles
import ParlaRecognition
import ParlaTranscripts
import Synchronization

/// A live stream of a Deepgram client (WS /v1/listen).
///
/// Results cover consecutive windows: repeatedly and with improvements while a window is open, and a last time when it is final.
final class DeepgramSession {
  private let site: Site
  private let socket: Socket
  private let request: DeepgramRequest
  private let window: Window
  private let live: LiveRecognition
  private let input: LiveInput
  private let watchdog = Watchdog(patience: .seconds(10))
  private static let longestText = 1 << 16

  /// The open window, which finals and interim results share.
  private final class Window: Sendable {
    let start = Mutex(0.0)
    let request: DeepgramRequest
    let sender: SocketSender

    init(_ request: DeepgramRequest, _ sender: SocketSender) {
      self.request = request
      self.sender = sender
    }

    /// Sends the result of the window, which ends at `end`.
    func tell(
      _ transcript: Transcript?, until end: Double, isFinal: Bool, speechFinal: Bool = false,
      fromFinalize: Bool = false
    ) async throws {
      let start = self.start.withLock { start in
        let begun = start
        if isFinal { start = max(start, end) }
        return begun
      }
      let words = transcript?.words ?? []
      var result: [String: JSONValue] = [
        "type": "Results", "channel_index": [0, 1], "start": .seconds(start),
        "duration": .seconds(max(0, end - start)), "is_final": .bool(isFinal),
        "speech_final": .bool(speechFinal),
        "channel": [
          "alternatives": [
            [
              "transcript": .string(transcript?.text ?? ""),
              "confidence": .seconds(words.meanConfidence),
              "words": .array(words.map(\.deepgram)),
            ]
          ]
        ], "metadata": metadata,
      ]
      result["from_finalize"] = .bool(fromFinalize)
      try await sender.send(.object(result))
    }

    private var metadata: JSONValue {
      [
        "request_id": .string(request.id), "model_uuid": .string(request.id),
        "model_info": ["name": .string(request.model.name), "version": "1", "arch": "parla"],
      ]
    }
  }

  init(_ site: Site, _ socket: Socket, _ request: DeepgramRequest) {
    self.site = site
    self.socket = socket
    self.request = request
    let window = Window(request, socket.sender)
    self.window = window
    let tellsInterim = request.tellsInterim
    live = LiveRecognition(request.model, decoder: request.decoder) { transcript in
      guard tellsInterim, let end = transcript.words.last?.end else { return }
      // A client that is gone ends its stream elsewhere.
      try? await window.tell(transcript, until: end, isFinal: false)
    }
    input = LiveInput(
      request.format, target: request.model.recognizer.sampleRate,
      fileBytes: site.limits.uploadBytes)
  }

  /// Speaks with the client until either goes.
  func run() async throws {
    let watch = Task { [watchdog, sender = socket.sender] in
      guard await watchdog.expires() else { return }
      try? await sender.close(1011, "NET-0001: neither sound nor KeepAlive came for 10 seconds")
    }
    defer { watch.cancel() }
    while let message = try await socket.receive() {
      watchdog.rest()
      switch message {
      case .binary(let bytes) where !bytes.isEmpty:
        try await tell(live.feed(bytes, through: input))
      case .binary:
        try await end(code: 1000)
        return
      case .stopping:
        try await end(code: 1001)
        return
      case .text(let text):
        guard try await obey(text) else { return }
      }
      watchdog.touch()
    }
  }

  /// Does what a text says; false once the stream is over.
  private func obey(_ text: String) async throws -> Bool {
    guard text.utf8.count <= Self.longestText else {
      throw RequestFailure.bad(
        "The text has \(text.utf8.count) bytes, expected a message such as {\"type\": \"KeepAlive\"}. Send sound in binary messages."
      )
    }
    switch (try? JSONValue(message: text))?["type"]?.text {
    case "CloseStream":
      try await end(code: 1000)
      return false
    case "Finalize":
      let events = try await live.flush()
      try await tell(events, fromFinalize: true)
    default: break
    }
    return true
  }

  /// Sends the results for `events`; after `Finalize` in any case.
  private func tell(_ events: [LiveRecognition.Event], fromFinalize: Bool = false) async throws {
    var hasTold = false
    for event in events {
      switch event {
      case .began(let seconds):
        guard request.tellsSpeech else { continue }
        try await socket.sender.send([
          "type": "SpeechStarted", "channel": [0, 1], "timestamp": .seconds(seconds),
        ])
      case .utterance(let transcripts, _, let end):
        hasTold = true
        try await window.tell(
          transcripts.first, until: end, isFinal: true, speechFinal: true,
          fromFinalize: fromFinalize)
        guard request.tellsUtteranceEnd, let last = transcripts.first?.words.last?.end else {
          continue
        }
        try await socket.sender.send([
          "type": "UtteranceEnd", "channel": [0, 1], "last_word_end": .seconds(last),
        ])
      case .dismissed: continue
      }
    }
    guard fromFinalize, !hasTold else { return }
    try await window.tell(nil, until: live.seconds, isFinal: true, fromFinalize: true)
  }

  /// Sends the last results and a summary, and closes.
  private func end(code: Int) async throws {
    try await input.finish { rest in try await self.tell(self.live.feed(rest)) }
    try await tell(live.finish())
    let seconds = live.seconds
    if seconds > 0 { try await window.tell(nil, until: seconds, isFinal: true) }
    site.metrics.count(sound: seconds)
    try await socket.sender.send([
      "type": "Metadata", "transaction_key": "deprecated", "request_id": .string(request.id),
      "sha256": .string(String(repeating: "0", count: 64)), "created": .string(Self.now),
      "duration": .seconds(seconds), "channels": 1,
    ])
    try await socket.sender.close(code, code == 1000 ? "" : "the server stops")
  }

  private static var now: String { Date().formatted(.iso8601) }
}
