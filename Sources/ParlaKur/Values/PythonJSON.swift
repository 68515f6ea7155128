/// Writes values as Python's `json.dumps` does with `sort_keys`.
package struct PythonJSON {
  private let indentation: Int?

  /// Writes with `indentation` spaces a level; nil for all on one line.
  package init(indentation: Int? = nil) { self.indentation = indentation }

  /// The JSON of `value`.
  ///
  /// - Throws: `KurError.notJSON`.
  package func text(of value: PythonValue) throws(KurError) -> String {
    var text = ""
    try write(value, to: &text, place: [], depth: 0)
    return text
  }

  private func write(
    _ value: PythonValue, to text: inout String, place: [String], depth: Int
  ) throws(KurError) {
    switch value {
    case .none: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .other("int", let digits): text += digits
    case .float(let value): text += Self.number(value)
    case .string(let string): text += Self.quoted(string)
    case .list(let items), .tuple(let items):
      try enclose(items.indices, "[", "]", &text, depth) { index, text throws(KurError) in
        try write(items[index], to: &text, place: place + ["\(index)"], depth: depth + 1)
      }
    case .dictionary(let dictionary):
      let pairs = try sorted(dictionary, place)
      try enclose(pairs.indices, "{", "}", &text, depth) { index, text throws(KurError) in
        text += Self.quoted(pairs[index].name) + ": "
        try write(
          pairs[index].value, to: &text, place: place + [pairs[index].name], depth: depth + 1)
      }
    case .set, .iterator, .range, .undefined, .object, .other:
      throw .notJSON(place: Self.text(place), found: "a \(value.typeName)")
    }
  }

  private func enclose(
    _ indices: Range<Int>, _ open: String, _ close: String, _ text: inout String, _ depth: Int,
    _ write: (Int, inout String) throws(KurError) -> Void
  ) throws(KurError) {
    guard !indices.isEmpty else {
      text += open + close
      return
    }
    func lineBreak(_ depth: Int) -> String {
      indentation.map { "\n" + String(repeating: " ", count: $0 * depth) } ?? ""
    }
    text += open
    for index in indices {
      if index > 0 { text += indentation == nil ? ", " : "," }
      text += lineBreak(depth + 1)
      try write(index, &text)
    }
    text += lineBreak(depth) + close
  }

  private func sorted(
    _ dictionary: PythonDictionary, _ place: [String]
  ) throws(KurError) -> [(name: String, value: PythonValue)] {
    let keys: [PythonValue]
    do { keys = try PythonValue.sorted(dictionary.keys) { $0 } } catch {
      throw .notJSON(place: Self.text(place), found: "keys of several kinds")
    }
    var pairs: [(name: String, value: PythonValue)] = []
    for key in keys {
      let name: String
      switch key {
      case .string(let text): name = text
      case .none: name = "null"
      case .bool(let value): name = value ? "true" : "false"
      case .int, .float: name = key.text
      default: throw .notJSON(place: Self.text(place), found: "a \(key.typeName) as a key")
      }
      pairs.append((name, dictionary[key] ?? .none))
    }
    return pairs
  }

  private static func text(_ place: [String]) -> String {
    place.isEmpty ? "the Kurfile" : place.joined(separator: ".")
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return PythonValue.text(of: value)
  }

  private static func quoted(_ string: String) -> String {
    var quoted = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{8}": quoted += "\\b"
      case "\u{C}": quoted += "\\f"
      case " "..."~": quoted.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return quoted + "\""
  }
}
