/// A piece of a template as the parser sees it.
struct TemplateToken: Equatable {
  enum Kind: Equatable {
    case data(String)
    case variableBegin, variableEnd, blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case mark(String)
    case end
  }

  let kind: Kind
  let line: Int

  /// The token in the words of a message.
  var description: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): name
    case .string(let text): "the text \(PythonValue.quoted(text))"
    case .integer(let value): "\(value)"
    case .float(let value): PythonValue.text(of: value)
    case .mark(let mark): mark
    case .end: "the end of the template"
    }
  }
}

/// Splits a template into tokens as Jinja2 2.9 does with its default marks (`jinja2/lexer.py`).
///
/// A minus next to a mark strips the white space on that side, and one line break at the end of the template is always removed.
struct TemplateLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var tokens: [TemplateToken] = []
  /// The brackets that are open: `}}` ends a variable only outside of them.
  private var brackets: [Unicode.Scalar] = []

  private init(_ template: String) {
    scalars = Self.withPlainLines(template)
  }

  /// The tokens of `template`, the end last.
  static func tokens(of template: String) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(template)
    let count = lexer.scalars.count
    guard count <= TemplateLimits.largestTemplate || !lexer.scalars.contains("{") else {
      throw .growth(
        found: "a template of \(count) code points",
        expected: "at most \(TemplateLimits.largestTemplate)")
    }
    while lexer.position < lexer.scalars.count { try lexer.readText() }
    lexer.add(.end)
    return lexer.tokens
  }

  /// The code points of `template` with plain line breaks, without one at the end.
  private static func withPlainLines(_ template: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    var isAfterReturn = false
    for scalar in template.unicodeScalars {
      switch scalar {
      case "\n" where isAfterReturn: break
      case "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}",
        "\u{2029}":
        scalars.append("\n")
      default: scalars.append(scalar)
      }
      isAfterReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    return scalars
  }

  private mutating func add(_ kind: TemplateToken.Kind) {
    tokens.append(TemplateToken(kind: kind, line: line))
  }

  private func stands(_ text: String, at index: Int) -> Bool {
    scalars[index...].starts(with: text.unicodeScalars)
  }

  private mutating func advance(to index: Int) {
    line += scalars[position..<index].count { $0 == "\n" }
    position = index
  }

  private func endOfSpace(from index: Int) -> Int {
    scalars[index...].firstIndex { !$0.properties.isWhitespace } ?? scalars.count
  }

  private func text(_ range: Range<Int>) -> String {
    String(String.UnicodeScalarView(scalars[range]))
  }

  // MARK: - Text between tags

  /// Reads text up to a tag, and the tag.
  private mutating func readText() throws(TemplateError) {
    guard
      let start = scalars[position...].indices.first(where: { index in
        guard scalars[index] == "{", index + 1 < scalars.count else { return false }
        return scalars[index + 1] == "{" || scalars[index + 1] == "%" || scalars[index + 1] == "#"
      })
    else {
      add(.data(text(position..<scalars.count)))
      advance(to: scalars.count)
      return
    }
    let strips = start + 2 < scalars.count && scalars[start + 2] == "-"
    addData(upTo: start, strips: strips)
    let inside = start + (strips ? 3 : 2)
    switch scalars[start + 1] {
    case "#": try skipComment(from: inside)
    case "{": try readTag(from: inside, .variableBegin, end: "}}", .variableEnd)
    default:
      if let end = endOfTag("raw", from: start) {
        try readRaw(from: end)
      } else {
        try readTag(from: inside, .blockBegin, end: "%}", .blockEnd)
      }
    }
  }

  private mutating func addData(upTo end: Int, strips: Bool) {
    var range = position..<end
    if strips {
      while let last = range.last, scalars[last].properties.isWhitespace {
        range = range.dropLast()
      }
    }
    if !range.isEmpty { add(.data(text(range))) }
    advance(to: end)
  }

  private mutating func skipComment(from start: Int) throws(TemplateError) {
    guard let end = scalars[start...].indices.first(where: { stands("#}", at: $0) }) else {
      throw .syntax(line: line, found: "a comment without an end", expected: "#}")
    }
    let strips = end > start && scalars[end - 1] == "-"
    advance(to: strips ? endOfSpace(from: end + 2) : end + 2)
  }

  /// Where the tag that begins at `start` ends, if it has `name` alone.
  private func endOfTag(_ name: String, from start: Int) -> Int? {
    guard stands("{%", at: start) else { return nil }
    var index = start + 2
    if index < scalars.count, scalars[index] == "-" { index += 1 }
    index = endOfSpace(from: index)
    guard stands(name, at: index) else { return nil }
    index = endOfSpace(from: index + name.unicodeScalars.count)
    if stands("%}", at: index) { return index + 2 }
    return stands("-%}", at: index) ? endOfSpace(from: index + 3) : nil
  }

  private mutating func readRaw(from start: Int) throws(TemplateError) {
    advance(to: start)
    var index = start
    while index < scalars.count {
      if let end = endOfTag("endraw", from: index) {
        addData(upTo: index, strips: index + 2 < scalars.count && scalars[index + 2] == "-")
        advance(to: end)
        return
      }
      index += 1
    }
    throw .syntax(line: line, found: "{% raw %} without an end", expected: "{% endraw %}")
  }

  // MARK: - Inside a tag

  private mutating func readTag(
    from start: Int, _ begin: TemplateToken.Kind, end: String, _ endKind: TemplateToken.Kind
  ) throws(TemplateError) {
    add(begin)
    advance(to: start)
    while position < scalars.count {
      if brackets.isEmpty {
        if stands("-" + end, at: position) {
          add(endKind)
          advance(to: endOfSpace(from: position + 3))
          return
        }
        if stands(end, at: position) {
          add(endKind)
          advance(to: position + 2)
          return
        }
      }
      try readToken()
    }
  }

  private mutating func readToken() throws(TemplateError) {
    let first = scalars[position]
    if first.properties.isWhitespace {
      advance(to: endOfSpace(from: position))
    } else if "0"..."9" ~= first {
      try readNumber()
    } else if first == "_" || first.properties.isXIDStart {
      let end =
        scalars[position...].firstIndex { !$0.properties.isXIDContinue } ?? scalars.count
      add(.name(text(position..<end)))
      advance(to: end)
    } else if first == "'" || first == "\"" {
      try readString(first)
    } else {
      try readMark()
    }
  }

  private mutating func readNumber() throws(TemplateError) {
    func endOfDigits(_ start: Int) -> Int {
      scalars[start...].firstIndex { !("0"..."9" ~= $0) } ?? scalars.count
    }
    let whole = endOfDigits(position)
    let isAfterPoint = position > 0 && scalars[position - 1] == "."
    if !isAfterPoint, whole < scalars.count, scalars[whole] == ".",
      endOfDigits(whole + 1) > whole + 1
    {
      let end = endOfDigits(whole + 1)
      add(.float(Double(text(position..<end)) ?? .nan))
      advance(to: end)
      return
    }
    guard let value = Int(text(position..<whole)) else {
      throw .syntax(
        line: line, found: "the number \(text(position..<whole))", expected: "one within 64 bits")
    }
    add(.integer(value))
    advance(to: whole)
  }

  private mutating func readString(_ mark: Unicode.Scalar) throws(TemplateError) {
    var end = position + 1
    while end < scalars.count, scalars[end] != mark { end += scalars[end] == "\\" ? 2 : 1 }
    guard end < scalars.count else {
      throw .syntax(line: line, found: "a text without an end", expected: String(mark))
    }
    guard let value = PythonEscapes.resolved(Array(scalars[position + 1..<end])) else {
      throw .syntax(line: line, found: "a broken escape", expected: "one such as \\n or \\u00e9")
    }
    add(.string(value))
    advance(to: end + 1)
  }

  private static let marks = [
    "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";",
  ]

  private mutating func readMark() throws(TemplateError) {
    guard let mark = Self.marks.first(where: { stands($0, at: position) }) else {
      throw .syntax(
        line: line, found: "\(scalars[position])",
        expected: "a name, a number, a text or an operator")
    }
    switch mark {
    case "{": brackets.append("}")
    case "(": brackets.append(")")
    case "[": brackets.append("]")
    case "}", ")", "]":
      guard let open = brackets.popLast() else {
        throw .syntax(line: line, found: mark, expected: "no closing bracket")
      }
      guard String(open) == mark else {
        throw .syntax(line: line, found: mark, expected: String(open))
      }
    default: break
    }
    add(.mark(mark))
    advance(to: position + mark.unicodeScalars.count)
  }
}
