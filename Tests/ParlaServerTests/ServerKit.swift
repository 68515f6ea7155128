import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

@testable import ParlaServer

/// Servers with a small model that says something of everything, and clients of them without a network.
enum ServerKit {
  /// A model of three letters.
  static func model(seed: UInt64 = 3, language: String = "") throws -> AcousticModel {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let description = try ModelDescription.deepSpeech(
      labelCount: alphabet.labelCount, settings: ["n_hidden": "6"])
    return AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: seed),
      metadata: ModelMetadata(language: language))
  }

  /// Its recogniser, which reads greedily.
  static func recognizer(seed: UInt64 = 3, language: String = "") throws -> Recognizer {
    var recognizer = try Recognizer(
      model: try model(seed: seed, language: language), precision: .float32)
    recognizer.decoder = nil
    return recognizer
  }

  static func settings() throws -> ServerSettings {
    let recognizer = try recognizer()
    var settings = ServerSettings(models: [.init(name: "small") { recognizer }])
    settings.port = 0
    settings.wyomingPort = 0
    settings.threadCount = 1
    return settings
  }

  static func site(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> Site {
    var settings = try settings()
    change(&settings)
    let site = try Site(settings)
    try site.models.load()
    return site
  }

  /// Speech of 16-bit samples at 16 kHz between two short silences.
  static let speech: [UInt8] = {
    let samples =
      SyntheticVoice.silence(seconds: 0.2) + SyntheticVoice.speech(seconds: 1.2)
      + SyntheticVoice.silence(seconds: 0.2)
    return samples.flatMap { sample in
      let value = UInt16(bitPattern: Int16(sample * 32767))
      return [UInt8(value & 0xFF), UInt8(value >> 8)]
    }
  }()

  /// The same as a WAV.
  static let wav: [UInt8] = wavHead(count: speech.count) + speech

  /// The head of a WAV whose writer could not know its length.
  static let wavHead = wavHead(count: 0xFFFF_FFFF - 36)

  private static func wavHead(count: Int) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    let head: [UInt8] =
      Array("RIFF".utf8) + number(36 + count, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
    let format =
      number(1, 2) + number(1, 2) + number(16000, 4) + number(32000, 4) + number(2, 2)
      + number(16, 2)
    return head + format + Array("data".utf8) + number(count, 4)
  }

  /// What `parla transcribe` says of it.
  static func transcript() throws -> String {
    try withTemporaryFolder { folder in
      let path = "\(folder)/speech.wav"
      try Data(wav).write(to: URL(fileURLWithPath: path))
      return try RecordingTranscriber(try recognizer()).transcribe(file: path).transcript.text
    }
  }

  /// What the server answers a request, and its body.
  static func ask(
    _ site: Site, _ method: String, _ target: String,
    _ headers: [(name: String, value: String)] = [],
    body: [UInt8] = []
  ) async throws -> (answer: Answer, text: String) {
    var rest = body[...]
    let head = RequestHead(method: method, target: target, headers: headers)
    let source = RequestBody(limit: site.limits.uploadBytes) {
      let piece = Array(rest.prefix(1000))
      rest = rest.dropFirst(piece.count)
      return piece.isEmpty ? nil : piece
    }
    let answer = await Routes(site: site).answer(head, source)
    switch answer.body {
    case .bytes(let bytes): return (answer, String(decoding: bytes, as: UTF8.self))
    case .stream(let produce):
      let text = Collected()
      try await produce { bytes in text.add(String(decoding: bytes, as: UTF8.self)) }
      return (answer, text.all.joined())
    case .socket: return (answer, "")
    }
  }

  /// A form of fields and, where `file` is given, a file.
  static func form(_ fields: [(String, String)], file: [UInt8]?, name: String = "a.wav") -> [UInt8]
  {
    var bytes: [UInt8] = []
    for (field, value) in fields {
      bytes += Array(
        "--B\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n".utf8)
    }
    if let file {
      bytes +=
        Array(
          "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n".utf8)
        + file
      bytes += Array("\r\n".utf8)
    }
    return bytes + Array("--B--\r\n".utf8)
  }

  static let formHeader = [(name: "Content-Type", value: "multipart/form-data; boundary=B")]

  /// What a live stream answers to messages, and how it closes.
  static func speak(
    _ site: Site, _ target: String, _ messages: [SocketMessage]
  ) async throws -> (replies: [JSONValue], code: Int?) {
    let replies = Collected()
    let code = Mutex<Int?>(nil)
    var rest = messages[...]
    let sender = SocketSender { text in
      replies.add(text)
    } close: { found, _ in
      code.withLock { $0 = found }
    }
    let head = RequestHead(
      method: "GET", target: target, headers: [("Upgrade", "websocket"), ("Host", "localhost")])
    let routes = Routes(site: site)
    let (stream, place) = try routes.accept(head)
    try await routes.run(stream, Socket(sender: sender) { rest.popFirst() }, head)
    withExtendedLifetime(place) {}
    return (try replies.all.map { try JSONValue(bytes: Array($0.utf8)) }, code.withLock { $0 })
  }

  /// `bytes` in messages of `length`.
  static func pieces(_ bytes: [UInt8], length: Int) -> [SocketMessage] {
    stride(from: 0, to: bytes.count, by: length).map {
      .binary(Array(bytes[$0..<min($0 + length, bytes.count)]))
    }
  }
}

/// Texts from any task.
final class Collected: Sendable {
  private let texts = Mutex<[String]>([])

  var all: [String] { texts.withLock { $0 } }

  func add(_ text: String) { texts.withLock { $0.append(text) } }
}
