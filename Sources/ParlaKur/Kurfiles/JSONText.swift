package import ParlaFiles

/// JSON as Python's `json.loads` reads it (RFC 8259, with NaN and Infinity): whole numbers stay whole, and of equal keys the last
/// counts.
enum JSONText {
  /// The value that `text` holds; `path` is for messages.
  static func value(of text: String, path: String) throws(KurError) -> PythonValue {
    do throws(JSONFault) {
      return try JSONReader<PythonValue>.value(of: Array(text.utf8))
    } catch {
      let found = error.found.map { "found \(PythonValue.quoted(String($0)))" } ?? "found the end"
      throw .malformed(
        path: path, line: error.line, column: error.column,
        problem: "\(found), expected \(error.expected)")
    }
  }
}

extension PythonValue: JSONReadable {
  package static let jsonRules = JSONRules(deepest: TemplateLimits.largestDepth, isPython: true)

  package static var jsonNull: PythonValue { .none }
  package static func json(_ truth: Bool) -> PythonValue { .bool(truth) }
  package static func json(_ number: Double) -> PythonValue { .float(number) }
  package static func json(_ integer: Int) -> PythonValue { .int(integer) }
  package static func json(largeInteger digits: String) -> PythonValue {
    .other(type: "int", text: digits)
  }
  package static func json(_ text: String) -> PythonValue { .string(text) }
  package static func json(_ values: [PythonValue]) -> PythonValue { .list(values) }
  package static func json(_ members: [(name: String, value: PythonValue)]) -> PythonValue {
    .dictionary(PythonDictionary(members.lazy.map { (.string($0.name), $0.value) }))
  }
}
