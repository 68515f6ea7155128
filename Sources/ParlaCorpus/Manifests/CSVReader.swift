/// Reads CSV text row by row and knows on which line each row starts.
///
/// Format: RFC 4180, with LF or CRLF or CR line ends, a byte order mark tolerated, and blank lines skipped. A quote inside an
/// unquoted field is literal, as in Python's `csv`.
struct CSVReader {
  /// One row of the file.
  struct Row: Equatable {
    /// The line on which the row starts, counted from 1.
    let line: Int
    let fields: [String]
  }

  private let bytes: [UInt8]
  private let path: String
  private var position: Int
  private var line = 1

  /// Reads `bytes`; `path` is for messages.
  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
    position = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
  }

  /// The next row that is not blank; nil at the end.
  ///
  /// - Throws: `CorpusError.notUTF8` or `.zeroByte`, after which the row behind can be read; `.textAfterQuote`,
  ///   `.unterminatedQuote`.
  mutating func nextRow() throws(CorpusError) -> Row? {
    while position < bytes.count {
      let row = try readRow()
      if row.fields != [""] { return row }
    }
    return nil
  }

  private mutating func readRow() throws(CorpusError) -> Row {
    let firstLine = line
    var fields: [String] = []
    var problem: CorpusError?
    repeat {
      do { fields.append(try readField()) } catch {
        // The row is read to its end, so that the next one can be.
        switch error {
        case .notUTF8, .zeroByte: problem = problem ?? error
        default: throw error
        }
      }
    } while consume(Self.comma)
    consumeLineEnd()
    if let problem { throw problem }
    return Row(line: firstLine, fields: fields)
  }

  private mutating func readField() throws(CorpusError) -> String {
    if consume(Self.quote) { return try readQuotedField() }
    let start = position
    while position < bytes.count, !endsField(bytes[position]) { position += 1 }
    return try text(bytes[start..<position], line: line)
  }

  /// Reads on after an opening quote, over line ends and doubled quotes, to the closing quote.
  private mutating func readQuotedField() throws(CorpusError) -> String {
    let firstLine = line
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != Self.quote {
        content.append(byte)
        if byte == Self.lineFeed || byte == Self.carriageReturn && peek != Self.lineFeed {
          line += 1
        }
      } else if consume(Self.quote) {
        content.append(Self.quote)
      } else {
        guard peek.map(endsField) ?? true else {
          throw .textAfterQuote(path: path, line: line)
        }
        return try text(content[...], line: firstLine)
      }
    }
    throw .unterminatedQuote(path: path, line: firstLine)
  }

  private func text(_ content: ArraySlice<UInt8>, line: Int) throws(CorpusError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .notUTF8(path: path, line: line)
    }
    guard !content.contains(0) else { throw .zeroByte(path: path, line: line) }
    return text
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func consume(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func consumeLineEnd() {
    guard position < bytes.count else { return }
    if !consume(Self.carriageReturn) || peek == Self.lineFeed { position += 1 }
    line += 1
  }

  private func endsField(_ byte: UInt8) -> Bool {
    byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
