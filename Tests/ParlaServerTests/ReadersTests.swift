import Foundation
import ParlaFiles
import Testing

@testable import ParlaServer

@Suite struct ReadersTests {
  private static let form = Array(
    ("--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nx\r\n"
      + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".wav\"\r\n\r\n"
      + "one\r\n--Bother\r\ntwo\r\n--B--\r\n").utf8)

  /// The parts with their contents.
  private static func parts(_ bytes: [UInt8], pieceLength: Int) throws -> [String] {
    var reader = try #require(
      MultipartReader(contentType: "multipart/form-data; charset=utf-8; boundary=\"B\""))
    var parts: [String] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      for event in try reader.feed(Array(bytes[start..<min(start + pieceLength, bytes.count)])) {
        switch event {
        case .part(let part): parts.append("\(part.name)\(part.isFile ? "!" : ""):")
        case .content(let content):
          parts[parts.count - 1] += String(decoding: content, as: UTF8.self)
        case .partEnd: parts[parts.count - 1] += "|"
        }
      }
    }
    #expect(reader.isComplete)
    return parts
  }

  @Test(arguments: [1, 2, 3, 7, 50, 1000]) func aFormIsReadHoweverItIsCut(pieceLength: Int) throws {
    let parts = try Self.parts(Self.form, pieceLength: pieceLength)
    #expect(parts == ["model:x|", "file!:one\r\n--Bother\r\ntwo|"])
  }

  @Test(arguments: [nil, "text/plain", "multipart/form-data", "multipart/form-data; boundary="])
  func whatIsNoFormIsNotRead(type: String?) {
    #expect(MultipartReader(contentType: type) == nil)
  }

  @Test func headsOfPartsAndTheirNumberAreLimited() throws {
    var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=B"))
    #expect(throws: RequestFailure.self) {
      try reader.feed(Array("--B\r\nX: ".utf8) + [UInt8](repeating: 0x79, count: 20000))
    }
    let many = String(
      repeating: "--B\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n\r\n", count: 101)
    var other = try #require(MultipartReader(contentType: "multipart/form-data; boundary=B"))
    #expect(throws: RequestFailure.self) { try other.feed(Array(many.utf8)) }
  }

  @Test func contentThatLooksLikeDelimitersIsGivenAtOnce() throws {
    var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=B"))
    let near = String(repeating: "\r\n--Bx", count: 1000)
    let head = "--B\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n"
    let events = try reader.feed(Array("\(head)\(near)\r\n--B--".utf8))
    #expect(events.count == 3)
    #expect(events.dropFirst().first == .content(Array(near.utf8)))
  }

  @Test func messagesOfTooManyValuesAreNotRead() throws {
    let few = "{\"a\":[\(String(repeating: "1,", count: 9999))1]}"
    #expect(try JSONValue(message: few)["a"] == .array([JSONValue](repeating: 1, count: 10000)))
    for many in [
      "[\(String(repeating: "1,", count: 100_000))1]",
      "[\(String(repeating: "[[[]]],", count: 20_000))1]",
      "[\(String(repeating: "{},", count: 30_000))1]",
    ] {
      #expect(throws: RequestFailure.self) { try JSONValue(message: "{\"a\":\(many)}") }
    }
  }

  @Test func jsonKeepsWhatItSays() throws {
    let json = try JSONValue(
      bytes: Array(#"{"a":null,"b":1,"c":16000.0,"d":"\u00fc<","e":[true,0.5]}"#.utf8))
    #expect(json["a"] == .null)
    #expect(json["x"] == nil)
    #expect(json["b"]?.truth == true)
    #expect(json["c"]?.int == 16000)
    #expect(json.line == #"{"a":null,"b":1,"c":16000,"d":"ü\u003c","e":[true,0.5]}"#)
    #expect(JSONValue.number(.nan).line == "0")
    for bad in ["", "{", "[1e999]", "\"\\ud800\"", String(repeating: "[", count: 100_000)] {
      #expect(throws: (any Error).self) { try JSONValue(bytes: Array(bad.utf8)) }
    }
  }

  @Test(arguments: [1, 5, 4000]) func wyomingEventsAreReadHoweverTheyAreCut(pieceLength: Int) throws
  {
    let chunk = WyomingMessage(
      type: "audio-chunk", data: ["rate": 16000, "width": 2, "channels": 1],
      payload: [1, 2, 10, 13])
    let line = Array(#"{"type":"transcribe","data":{"language":"en"}}"#.utf8) + [13, 10]
    let bytes = chunk.bytes + line
    var reader = WyomingReader()
    var found: [WyomingMessage] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      found += try reader.feed(Array(bytes[start..<min(start + pieceLength, bytes.count)]))
    }
    #expect(found == [chunk, WyomingMessage(type: "transcribe", data: ["language": "en"])])
    #expect(!reader.hasBegun)
  }

  @Test(arguments: [
    "hello\n", "42\n", "{}\n", #"{"type":"a","data_length":-1}"# + "\n",
    #"{"type":"a","payload_length":1e12}"# + "\n",
    #"{"type":"a","data_length":5}"# + "\nhello",
  ])
  func whatIsNoWyomingEventIsRefused(text: String) {
    var reader = WyomingReader()
    #expect(throws: WyomingReader.Malformed.self) { try reader.feed(Array(text.utf8)) }
  }

  @Test(arguments: ["", "\n"])
  func aLineWithoutEndIsRefused(end: String) throws {
    var reader = WyomingReader()
    let piece = [UInt8](repeating: UInt8(ascii: "{"), count: 1 << 19)
    for _ in 0..<2 { #expect(try reader.feed(piece).isEmpty) }
    let error = #expect(throws: WyomingReader.Malformed.self) {
      try reader.feed(Array(("{" + end).utf8))
    }
    #expect(error?.reason == "a line is too long")
  }
}

@Suite struct SoundTests {
  /// A message of a few bytes can hold hours.
  @Test func messagesAreTakenInSlicesThatHoldSeconds() async throws {
    let slow = SampleSource(try #require(SampleFormat(width: 1, sampleRate: 1000)), target: 16000)
    #expect(slow.sliceLength == 1024)
    let usual = SampleSource(try #require(SampleFormat(sampleRate: 16000)), target: 16000)
    #expect(usual.sliceLength == 16000)
    let input = LiveInput(nil, target: 16000, fileBytes: 1000)
    _ = try input.feed(Array("RIFF0000WAVEfmt ".utf8))
    #expect(input.sliceLength == 1024)
    let site = try ServerKit.site()
    let work = Task<[LiveRecognition.Event], any Error> {
      let live = LiveRecognition(try site.models.model(nil), decoder: nil)
      return try await live.feed(
        [UInt8](repeating: 0, count: 1 << 20), through: SampleSource(usual.format, target: 16000))
    }
    work.cancel()
    await #expect(throws: CancellationError.self) { try await work.value }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [false, true])
  func aProgramMayBeToldToEndBeforeItBegins(isRunning: Bool) async throws {
    let (gate, opened) = AsyncStream.makeStream(of: Void.self)
    if isRunning { opened.finish() }
    let run = Task {
      for await _ in gate {}
      return try await ForeignSound.run("/bin/sleep", ["1000"], output: STDERR_FILENO)
    }
    // The gate opens for what is cancelled, too.
    run.cancel()
    await #expect(throws: CancellationError.self) { try await run.value }
    #expect(try await ForeignSound.run("/bin/true", [], output: STDERR_FILENO))
    #expect(try await !ForeignSound.run("/bin/false", [], output: STDERR_FILENO))
    await #expect(throws: FileError.self) {
      try await ForeignSound.run("/no/such/program", [], output: STDERR_FILENO)
    }
  }

  /// Values of ITU-T G.711's tables.
  @Test func telephoneSamplesAreThoseOfTheTables() throws {
    let mulaw = try #require(SampleFormat(encoding: .mulaw, sampleRate: 8000))
    #expect(
      mulaw.samples([0x00, 0x80, 0xFF, 0x7F, 0x0F]).map { $0 * 32768 } == [
        -32124, 32124, 0, 0, -16764,
      ])
    let alaw = try #require(SampleFormat(encoding: .alaw, sampleRate: 8000))
    #expect(alaw.samples([0x2A, 0xAA, 0xD5, 0x55]).map { $0 * 32768 } == [-32256, 32256, 8, -8])
  }

  @Test func samplesOfAllWidthsAreTheSame() throws {
    for (width, bytes) in [(1, [0xC0]), (2, [0, 0x40]), (3, [0, 0, 0x40]), (4, [0, 0, 0, 0x40])]
      as [(Int, [UInt8])]
    {
      let format = try #require(SampleFormat(width: width, sampleRate: 16000))
      #expect(format.samples(bytes[...]) == [0.5])
    }
    let stereo = try #require(SampleFormat(channelCount: 2, sampleRate: 16000))
    #expect(stereo.samples([0, 0x40, 0, 0]) == [0.25])
    #expect(SampleFormat(sampleRate: 0) == nil)
    #expect(SampleFormat(channelCount: 65535, sampleRate: 16000) == nil)
  }

  @Test func piecesMaySplitSamples() throws {
    let format = try #require(SampleFormat(sampleRate: 16000))
    let source = SampleSource(format, target: 16000)
    let whole = format.samples(ServerKit.speech[...])
    var found: [Float] = []
    for message in ServerKit.pieces(ServerKit.speech, length: 999) {
      if case .binary(let bytes) = message { found += try source.feed(bytes) }
    }
    #expect(found == whole)
  }

  @Test func certainWordsAreGivenOnceAndMakeTheText() {
    var words = CertainWords()
    var given = ""
    for partial in [
      "she", "she had", "she had your dark", "she had your dark suit", "she had you dark suit in",
    ] {
      given += words.feed(partial) ?? ""
    }
    #expect(given == "she had your")
    let (rest, isSame) = words.finish("she had your dark suit in")
    #expect(isSame)
    #expect(given + (rest ?? "") == "she had your dark suit in")
  }
}
