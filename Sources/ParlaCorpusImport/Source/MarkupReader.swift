import Foundation

/// Reads the tags of an XML file one after the other: as much of XML as corpora use.
struct MarkupReader {
  /// What comes next in the file.
  enum Event: Equatable {
    /// `<name key="value">`; of `<name/>` the closing tag follows.
    case open(name: String, attributes: [String: String])
    /// `</name>`.
    case close(name: String)
    /// The text between two tags, trimmed.
    case text(String)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var pending: Event?

  /// Reads `text`.
  init(_ text: String) { bytes = Array(text.utf8) }

  /// The next event; nil at the end.
  mutating func next() -> Event? {
    if let event = pending {
      pending = nil
      return event
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") {
        let text = take(until: UInt8(ascii: "<")).trimmed
        if !text.isEmpty { return .text(Self.unescaped(text)) }
        continue
      }
      position += 1
      var tag = take(until: UInt8(ascii: ">"))
      position += 1
      if tag.hasPrefix("?") || tag.hasPrefix("!") { continue }
      if tag.hasPrefix("/") { return .close(name: String(tag.dropFirst()).trimmed) }
      let isEmpty = tag.hasSuffix("/")
      if isEmpty { tag.removeLast() }
      let name = String(tag.prefix { !$0.isWhitespace })
      if isEmpty { pending = .close(name: name) }
      return .open(name: name, attributes: Self.attributes(tag.dropFirst(name.count)))
    }
    return nil
  }

  private mutating func take(until end: UInt8) -> String {
    let start = position
    while position < bytes.count, bytes[position] != end { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func attributes(_ text: Substring) -> [String: String] {
    var attributes: [String: String] = [:]
    var rest = text[...]
    while let equals = rest.firstIndex(of: "=") {
      let key = String(rest[..<equals]).trimmed
      let value = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
      guard let quote = value.first, quote == "\"" || quote == "'" else { break }
      let content = value.dropFirst()
      guard let end = content.firstIndex(of: quote) else { break }
      attributes[key] = unescaped(String(content[..<end]))
      rest = content[content.index(after: end)...]
    }
    return attributes
  }

  private static func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    var text = text
    for (name, sign) in [("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("amp", "&")] {
      text = text.replacing("&\(name);", with: sign)
    }
    return text.replacing(/&#(x?)([0-9a-fA-F]+);/) { match in
      let value = UInt32(match.output.2, radix: match.output.1.isEmpty ? 10 : 16)
      return value.flatMap(Unicode.Scalar.init).map(String.init) ?? String(match.output.0)
    }
  }
}
