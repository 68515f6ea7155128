/// Errors in templates; ``KurError/template(place:text:error:)`` adds the place.
package enum TemplateError: Error, Equatable, CustomStringConvertible {
  /// The template cannot be read; lines count from 1.
  case syntax(line: Int, found: String, expected: String)
  /// There is no filter, test, statement or method of that name; `kind` says of what.
  case unknown(kind: String, name: String, nearest: String?)
  /// A name or an attribute that is not there was used.
  case undefined(String)
  /// An operation does not take such values.
  case type(operation: String, found: String, expected: String)
  /// A value cannot be used as it is.
  case value(operation: String, found: String, expected: String)
  /// The template never ends, or makes more than a Kurfile can need.
  case growth(found: String, expected: String)

  /// What was found, what was expected, what to do.
  package var description: String {
    switch self {
    case .syntax(let line, let found, let expected):
      "line \(line): found \(found), expected \(expected)."
    case .unknown(let kind, let name, let nearest):
      "there is no \(kind) \(name)." + (nearest.map { " Did you mean \($0)?" } ?? "")
    case .undefined(let problem):
      "\(problem). Define it, or write {{ … | default(…) }}."
    case .type(let operation, let found, let expected),
      .value(let operation, let found, let expected):
      "\(operation): found \(found), expected \(expected)."
    case .growth(let found, let expected):
      "found \(found), expected \(expected). Does a value refer to itself in its template?"
    }
  }
}
