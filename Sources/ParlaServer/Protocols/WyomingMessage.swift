import ParlaFiles

/// An event of the Wyoming protocol: a line of JSON, data behind it, and a payload.
struct WyomingMessage: Sendable, Equatable {
  var type: String
  /// The content of the line and of the data after it, merged.
  var data: [String: JSONValue] = [:]
  var payload: [UInt8] = []

  /// As bytes; data follows the line, as clients write it.
  var bytes: [UInt8] {
    let content = data.isEmpty ? [] : Array(JSONValue.object(data).line.utf8)
    var line: [String: JSONValue] = ["type": .string(type), "version": "1.10.0"]
    if !content.isEmpty { line["data_length"] = .integer(content.count) }
    if !payload.isEmpty { line["payload_length"] = .integer(payload.count) }
    return Array(JSONValue.object(line).line.utf8) + [UInt8(ascii: "\n")] + content + payload
  }
}

/// Reads events from bytes that arrive piece by piece.
struct WyomingReader {
  /// Why a connection is closed.
  struct Malformed: Error, Equatable {
    let reason: String
  }

  private var pending: [UInt8] = []
  /// Up to where in `pending` all is read, and up to where it has no end of a line.
  private var start = 0
  private var searched = 0
  private var head: Head?

  /// The line of an event whose rest has not come.
  private struct Head {
    var message: WyomingMessage
    let dataLength: Int
    let payloadLength: Int
  }

  private static let longestLine = 1 << 20
  private static let longestData = 1 << 20
  private static let longestPayload = 16 << 20

  /// Whether part of an event has come.
  var hasBegun: Bool { !pending.isEmpty || head != nil }

  /// Takes the next bytes and gives the events that they complete.
  ///
  /// - Throws: `Malformed`.
  mutating func feed(_ bytes: [UInt8]) throws(Malformed) -> [WyomingMessage] {
    pending += bytes
    var messages: [WyomingMessage] = []
    while let message = try next() { messages.append(message) }
    pending.removeFirst(start)
    searched = max(0, searched - start)
    start = 0
    return messages
  }

  private mutating func next() throws(Malformed) -> WyomingMessage? {
    if head == nil {
      guard let end = pending[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) else {
        searched = pending.count
        guard pending.count - start <= Self.longestLine else {
          throw Malformed(reason: "a line is too long")
        }
        return nil
      }
      guard end - start <= Self.longestLine else { throw Malformed(reason: "a line is too long") }
      head = try Self.head(Array(pending[start..<end]))
      start = end + 1
    }
    guard var read = head, pending.count - start >= read.dataLength + read.payloadLength else {
      return nil
    }
    let behind = start + read.dataLength
    if read.dataLength > 0 {
      guard let data = try? JSONValue(message: Array(pending[start..<behind])),
        let members = data.members
      else {
        throw Malformed(reason: "the data of an event is no JSON object")
      }
      read.message.data.merge(members) { _, behind in behind }
    }
    read.message.payload = Array(pending[behind..<behind + read.payloadLength])
    start = behind + read.payloadLength
    head = nil
    return read.message
  }

  private static func head(_ line: [UInt8]) throws(Malformed) -> Head {
    guard let json = try? JSONValue(message: line), let type = json["type"]?.text else {
      throw Malformed(reason: "a line is no event, expected {\"type\": …}")
    }
    return Head(
      message: WyomingMessage(type: type, data: json["data"]?.members ?? [:]),
      dataLength: try length(json["data_length"], most: longestData),
      payloadLength: try length(json["payload_length"], most: longestPayload))
  }

  private static func length(_ json: JSONValue?, most: Int) throws(Malformed) -> Int {
    guard let json, json != .null else { return 0 }
    guard let length = json.int, (0...most).contains(length) else {
      throw Malformed(reason: "a length is impossible")
    }
    return length
  }
}
