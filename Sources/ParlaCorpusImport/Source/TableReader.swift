import Foundation

/// Reads a table as people have them: values with a separator between, perhaps in quotes.
///
/// A quote opens a quoted value only where it closes again before a separator or a line's end (RFC 4180); elsewhere it is a
/// sign of the text, so that a lone quote does not swallow the lines behind it.
struct TableReader {
  /// The separator between two values.
  enum Separator: Sendable, Hashable {
    /// The same sign everywhere.
    case sign(UInt8)
    /// The first blank or tab; what follows is the second value.
    case firstBlank

    static let comma = Separator.sign(UInt8(ascii: ","))
    static let semicolon = Separator.sign(UInt8(ascii: ";"))
    static let tab = Separator.sign(UInt8(ascii: "\t"))
    static let bar = Separator.sign(UInt8(ascii: "|"))

    /// Those that a table may have, the rarest in texts first.
    static let all: [Separator] = [.tab, .bar, .semicolon, .comma, .firstBlank]
  }

  /// What quotes mean.
  enum Quoting: Sendable {
    /// A quoted value closes before a separator or a line's end.
    case closed
    /// As Python's csv module reads it: a quote at a value's start swallows all to the next quote.
    case python
    /// Nothing.
    case none
  }

  private var bytes: [UInt8]
  private let separator: Separator
  private let quoting: Quoting
  private var position = 0
  /// Whether a quote was sought to the end of what there is.
  private var soughtToEnd = false

  /// Reads a table that is appended piece by piece.
  init(separator: Separator, quoting: Quoting) {
    self.init("", separator: separator, quoting: quoting)
  }

  /// Reads `text`.
  init(_ text: String, separator: Separator, quoting: Quoting = .closed) {
    bytes = Array(text.utf8)
    self.separator = separator
    self.quoting = quoting
  }

  /// The rows of `text` that are not blank.
  static func rows(
    _ text: String, separator: Separator, quoting: Quoting = .closed, limit: Int = .max
  ) -> [[String]] {
    var reader = TableReader(text, separator: separator, quoting: quoting)
    var rows: [[String]] = []
    while rows.count < limit, let row = reader.next() { rows.append(row) }
    return rows
  }

  /// How many bytes wait for the rest of their row.
  var waitingCount: Int { bytes.count - position }

  /// Adds `piece` at the end; what was read is forgotten.
  mutating func append(_ piece: Data) {
    bytes.removeFirst(position)
    position = 0
    bytes += piece
  }

  /// The next row that is not blank; nil at the end, and if more may follow where the row may not be whole.
  mutating func next(mayGrow: Bool = false) -> [String]? {
    while position < bytes.count {
      let start = position
      soughtToEnd = false
      let row = readRow()
      if mayGrow, soughtToEnd || position == bytes.count {
        position = start
        return nil
      }
      if row.contains(where: { !$0.isEmpty }) { return row }
    }
    return nil
  }

  private mutating func readRow() -> [String] {
    guard case .sign(let sign) = separator else { return readPair() }
    var row: [String] = []
    while true {
      row.append(readValue(sign))
      guard position < bytes.count, bytes[position] == sign else { break }
      position += 1
    }
    skipLineEnd()
    return row
  }

  private mutating func readPair() -> [String] {
    let start = position
    while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
    let line = String(decoding: bytes[start..<position], as: UTF8.self)
    skipLineEnd()
    let parts = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
    return parts.map { part in
      String(part.drop { $0.isWhitespace })
    }
  }

  private mutating func readValue(_ sign: UInt8) -> String {
    if quoting != .none, position < bytes.count, bytes[position] == Self.quote,
      let value = quoting == .closed ? closedValue(sign) : pythonValue(sign)
    {
      return value
    }
    return plainValue(sign)
  }

  private mutating func plainValue(_ sign: UInt8) -> String {
    let start = position
    while position < bytes.count, bytes[position] != sign, !isLineEnd(bytes[position]) {
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// The quoted value that starts here; nil, with nothing read, if no quote closes it.
  private mutating func closedValue(_ sign: UInt8) -> String? {
    var value: [UInt8] = []
    var index = position + 1
    while index < bytes.count {
      guard bytes[index] == Self.quote else {
        value.append(bytes[index])
        index += 1
        continue
      }
      let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
      if next == Self.quote {
        value.append(Self.quote)
        index += 2
      } else if next == sign || isLineEnd(next) {
        position = index + 1
        return String(decoding: value, as: UTF8.self)
      } else {
        return nil
      }
    }
    soughtToEnd = true
    return nil
  }

  private mutating func pythonValue(_ sign: UInt8) -> String? {
    var value: [UInt8] = []
    var isQuoted = true
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      if isQuoted, byte == Self.quote, position + 1 < bytes.count, bytes[position + 1] == Self.quote
      {
        value.append(byte)
        position += 1
      } else if isQuoted, byte == Self.quote {
        isQuoted = false
      } else if !isQuoted, byte == sign || isLineEnd(byte) {
        break
      } else {
        value.append(byte)
      }
      position += 1
    }
    return String(decoding: value, as: UTF8.self)
  }

  private mutating func skipLineEnd() {
    guard position < bytes.count, isLineEnd(bytes[position]) else { return }
    let isCarriageReturn = bytes[position] == Self.carriageReturn
    position += 1
    if isCarriageReturn, position < bytes.count, bytes[position] == Self.lineFeed { position += 1 }
  }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == Self.lineFeed || byte == Self.carriageReturn
  }

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
