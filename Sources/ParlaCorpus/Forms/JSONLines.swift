import Foundation

/// Files of JSON lines, compressed or not.
enum JSONLines {
  /// The objects of the file at `path`, each with its line; what is no such object becomes a problem.
  ///
  /// - Throws: `CorpusError.file`.
  static func objects<Object: Decodable>(
    _ type: Object.Type, _ path: String, expected: String,
    _ body: (Int, Object) throws(CorpusError) -> Void
  ) throws(CorpusError) -> [CorpusError] {
    var problems: [CorpusError] = []
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let lines = try CorpusText.content(path).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() where !bytes.allSatisfy({ $0 <= 0x20 }) {
      do {
        try body(index + 1, try decoder.decode(type, from: Data(bytes)))
      } catch let problem as CorpusError {
        problems.append(problem)
      } catch {
        problems.append(
          .badEntry(path: path, line: index + 1, found: Self.found(error), expected: expected))
      }
    }
    return problems
  }

  /// The keys of the object that begins `line`, without those of objects in it; of a line that is cut, those before its end.
  static func keys(ofLine line: some Sequence<UInt8>) -> Set<String> {
    var keys: Set<String> = []
    var depth = 0
    // The last text of the object itself, which a colon makes a key.
    var text: [UInt8] = []
    var isInText = false
    var isEscaped = false
    for byte in line {
      switch (byte, isInText) {
      case (_, true) where isEscaped: isEscaped = false
      case (UInt8(ascii: "\\"), true): isEscaped = true
      case (UInt8(ascii: "\""), _):
        if !isInText { text = [] }
        isInText.toggle()
        continue
      case (UInt8(ascii: "{"), false), (UInt8(ascii: "["), false): depth += 1
      case (UInt8(ascii: "}"), false), (UInt8(ascii: "]"), false): depth -= 1
      case (UInt8(ascii: ":"), false) where depth == 1:
        keys.insert(String(decoding: text, as: UTF8.self))
      default: break
      }
      if isInText, depth == 1 { text.append(byte) }
    }
    return keys
  }

  private static func found(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "no \"\(snakeCase(key.stringValue))\""
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      context.codingPath.last.map { "another kind of value for \"\(snakeCase($0.stringValue))\"" }
        ?? "no JSON object"
    default: "no JSON object"
    }
  }

  /// A key as written in the file.
  private static func snakeCase(_ key: String) -> String {
    key.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }

  /// A line of JSON with `object`, its keys in order.
  static func line(_ object: some Encodable) throws(CorpusError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do { return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n" } catch {
      throw .damaged(path: "a sample", reason: "it cannot be written as JSON")
    }
  }
}

/// A text, or a list of words.
enum TextOrWords: Decodable {
  case text(String)
  case words([String])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .words(try container.decode([String].self))
    }
  }

  var joined: String {
    switch self {
    case .text(let text): text
    case .words(let words): words.joined(separator: " ")
    }
  }
}

/// A name that some write as a number.
enum NameOrNumber: Decodable {
  case name(String)
  case number(Double)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      self = .name(name)
    } else {
      self = .number(try container.decode(Double.self))
    }
  }

  var text: String {
    switch self {
    case .name(let name): name
    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
    }
  }
}
