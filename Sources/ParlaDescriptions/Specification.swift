/// What an option says in one word: a kind, alone or with fields in brackets, such as `ema[decay=0.998]`.
public struct Specification: Sendable, Equatable {
  /// What it is.
  public var kind: String

  /// What is said of it.
  public var fields: [String: FieldValue]

  /// Reads `kind` or `kind[name=value,…]`.
  ///
  /// - Throws: `DescriptionProblem` when it is neither.
  public init(_ text: String) throws(DescriptionProblem) {
    func problem(_ found: String) -> DescriptionProblem {
      DescriptionProblem(
        found: "\"\(found)\"", expected: "a name, alone or with fields: name[field=value,…]")
    }
    let text = text.filter { !$0.isWhitespace }
    kind = String(text.prefix { $0 != "[" })
    fields = [:]
    let rest = text.dropFirst(kind.count)
    guard !kind.isEmpty, rest.isEmpty || (rest.last == "]" && rest.count > 2) else {
      throw problem(text)
    }
    guard !rest.isEmpty else { return }
    for pair in rest.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    {
      let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw problem("\(pair)") }
      fields[String(parts[0])] = .text(String(parts[1]))
    }
  }
}
