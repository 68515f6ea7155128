/// Reads `multipart/form-data` (RFC 7578) while it arrives.
///
/// What is not a form is refused; nothing of a part's content is kept.
struct MultipartReader {
  /// What was read.
  enum Event: Equatable {
    /// A part begins.
    case part(Part)
    /// Some of its content.
    case content([UInt8])
    /// It ends.
    case partEnd
  }

  /// What the headers of a part say.
  struct Part: Equatable {
    var name: String
    var isFile: Bool
  }

  /// Limits of safe size.
  private static let mostParts = 100
  private static let longestHead = 16 << 10

  private enum State {
    case preamble
    case head
    case content
    case epilogue
  }

  private let delimiter: [UInt8]
  private var state = State.preamble
  private var pending: [UInt8] = []
  /// Up to where in `pending` all is read.
  private var start = 0
  private var partCount = 0

  /// Nil where `contentType` is no form.
  init?(contentType: String?) {
    guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType),
      (1...200).contains(boundary.utf8.count)
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter has no line end before it.
    pending = [13, 10]
  }

  /// Whether the closing delimiter has come.
  var isComplete: Bool { if case .epilogue = state { true } else { false } }

  /// Takes the next bytes.
  ///
  /// - Throws: `RequestFailure` for what is no form.
  mutating func feed(_ bytes: [UInt8]) throws(RequestFailure) -> [Event] {
    pending += bytes
    var events: [Event] = []
    while try advance(&events) {}
    pending.removeFirst(start)
    start = 0
    return events
  }

  private mutating func advance(_ events: inout [Event]) throws(RequestFailure) -> Bool {
    switch state {
    case .epilogue:
      start = pending.count
      return false
    case .preamble: return passDelimiter { _ in }
    case .content:
      return passDelimiter { content in
        if !content.isEmpty { events.append(.content(Array(content))) }
      } ended: {
        events.append(.partEnd)
      }
    case .head: return try readHead(&events)
    }
  }

  /// Returns the data before the next delimiter; false if more bytes are needed.
  private mutating func passDelimiter(
    _ give: (ArraySlice<UInt8>) -> Void, ended: () -> Void = {}
  ) -> Bool {
    var searched = start
    while let place = Self.find(delimiter, in: pending, from: searched) {
      let after = place + delimiter.count
      guard pending.count >= after + 2 else {
        give(pending[start..<place])
        start = place
        return false
      }
      let isLast = pending[after...].starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")])
      guard isLast || pending[after...].starts(with: [13, 10]) else {
        // Content that looks like a delimiter.
        searched = place + 1
        continue
      }
      give(pending[start..<place])
      ended()
      // The line end after a delimiter begins a head, which may be empty.
      start = isLast ? after + 2 : after
      state = isLast ? .epilogue : .head
      return true
    }
    // A delimiter may have begun.
    let certain = max(start, pending.count - delimiter.count - 2)
    give(pending[start..<certain])
    start = certain
    return false
  }

  private mutating func readHead(_ events: inout [Event]) throws(RequestFailure) -> Bool {
    guard let end = Self.find([13, 10, 13, 10], in: pending, from: start) else {
      guard pending.count - start <= Self.longestHead else {
        throw .bad("A part of the form has a head of more than \(Self.longestHead) bytes.")
      }
      return false
    }
    partCount += 1
    guard end - start <= Self.longestHead else {
      throw .bad("A part of the form has a head of more than \(Self.longestHead) bytes.")
    }
    guard partCount <= Self.mostParts else {
      throw .bad("The form has more than \(Self.mostParts) parts.")
    }
    let head = String(decoding: pending[start..<end], as: UTF8.self)
    start = end + 4
    events.append(.part(try Self.part(head)))
    state = .content
    return true
  }

  private static func part(_ head: String) throws(RequestFailure) -> Part {
    for line in head.split(whereSeparator: \.isNewline)
    where line.lowercased().hasPrefix("content-disposition:") {
      guard let name = parameter("name", of: String(line)), !name.contains("\0") else { break }
      let isFile =
        parameter("filename", of: String(line)) != nil || line.lowercased().contains("filename*=")
      return Part(name: name, isFile: isFile)
    }
    throw .bad(
      "A part of the form has no name. Expected Content-Disposition: form-data; name=\"…\".")
  }

  /// The value of a parameter of a header, in quotes or without.
  static func parameter(_ name: String, of header: String) -> String? {
    var rest = header[...]
    while let semicolon = Self.parameterStart(rest) {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let found = rest[..<equals].trimmed.lowercased()
      rest = rest[rest.index(after: equals)...]
      var value = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        var isEscaped = false
        while let character = rest.popFirst(), isEscaped || character != "\"" {
          if character == "\\", !isEscaped {
            isEscaped = true
          } else {
            value.append(character)
            isEscaped = false
          }
        }
      } else {
        value = String(rest.prefix { $0 != ";" }.trimmed)
      }
      if found == name { return value }
    }
    return nil
  }

  private static func parameterStart(_ text: Substring) -> Substring.Index? {
    text.firstIndex(of: ";")
  }

  /// The first place of `pattern` in `bytes` from `start` on.
  private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= pattern.count, let first = pattern.first else { return nil }
    var start = start
    let last = bytes.count - pattern.count
    while start <= last, let place = bytes[start...last].firstIndex(of: first) {
      if bytes[place..<place + pattern.count].elementsEqual(pattern) { return place }
      start = place + 1
    }
    return nil
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
