import ParlaFiles

/// What a client asks for in a JSON object; whatever is not understood is refused by its name.
struct RequestFields {
  private let members: [String: JSONValue]

  /// The most bytes of such an object.
  private static let mostBytes = 1 << 16

  /// Reads a body that may have the fields `known`, or be empty.
  ///
  /// - Throws: `RequestFailure`.
  init(_ body: RequestBody, known: [String]) async throws {
    let bytes: [UInt8]
    do { bytes = try await body.collect(upTo: Self.mostBytes) } catch {
      throw Self.renamed(error, most: "\(Self.mostBytes) bytes")
    }
    guard !bytes.isEmpty else {
      members = [:]
      return
    }
    guard let members = (try? JSONValue(bytes: bytes))?.members else {
      throw RequestFailure.bad("The body is no JSON object.")
    }
    try Self.require(members.keys.sorted(), among: known)
    self.members = members
  }

  /// Refuses names in the query of `head` other than `known`.
  static func checkQuery(_ head: RequestHead, known: [String]) throws(RequestFailure) {
    try require(head.query.map(\.name).filter { $0 != "token" }, among: known)
  }

  private static func require(_ names: [String], among known: [String]) throws(RequestFailure) {
    for name in names where !known.contains(name) {
      throw .bad(
        "There is no field \"\(name.prefix(40))\" here, but: \(known.joined(separator: ", ")).",
        param: String(name.prefix(40)))
    }
  }

  /// The failure of a body that is too long, with a limit that no option changes.
  static func renamed(_ error: any Error, most: String) -> any Error {
    guard var failure = error as? RequestFailure, failure.status == 413 else { return error }
    failure.message = "The body has more than \(most), the most that this path takes. Send less."
    return failure
  }

  /// Whether nothing is asked for.
  var isEmpty: Bool { members.isEmpty }

  /// How many fields there are.
  var count: Int { members.count }

  /// The text of a field; nil where it is absent.
  func text(_ name: String) throws(RequestFailure) -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.text else { throw Self.wrong(name, value, "a text") }
    return text
  }

  /// Whether a field is true; nil where it is absent.
  func truth(_ name: String) throws(RequestFailure) -> Bool? {
    guard let value = members[name] else { return nil }
    guard case .bool(let truth) = value else { throw Self.wrong(name, value, "true or false") }
    return truth
  }

  /// Whether a field is true, or null; nil where it is absent.
  func choice(_ name: String) throws(RequestFailure) -> Bool?? {
    guard let value = members[name] else { return nil }
    switch value {
    case .null: return .some(nil)
    case .bool(let truth): return .some(truth)
    default: throw Self.wrong(name, value, "true, false or null")
    }
  }

  /// The whole number of a field within `range`; nil where it is absent.
  func number(_ name: String, in range: ClosedRange<Int>) throws(RequestFailure) -> Int? {
    guard let value = members[name] else { return nil }
    guard case .integer(let number) = value, range.contains(number) else {
      throw Self.wrong(
        name, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func wrong(
    _ name: String, _ value: JSONValue, _ expected: String
  ) -> RequestFailure {
    .bad("\(name): found \(value.line.prefix(60)), expected \(expected).", param: name)
  }
}
