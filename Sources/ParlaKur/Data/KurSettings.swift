/// The settings of one part of a Kurfile, each asked for by its name.
package struct KurSettings: Sendable {
  /// The Kurfile, for messages.
  package let path: String

  /// The way through the Kurfile to these settings.
  package let place: String

  /// The settings by name.
  package let values: PythonDictionary

  /// The settings of `value`, a mapping or nothing.
  ///
  /// - Throws: `KurError.section` for anything else.
  package init(_ value: PythonValue?, path: String, place: String) throws(KurError) {
    self.path = path
    self.place = place
    switch value ?? .none {
    case .none: values = PythonDictionary()
    case .dictionary(let dictionary): values = dictionary
    case let other:
      throw .section(
        path: path, place: place, found: "a \(other.typeName)", expected: "a mapping of settings")
    }
  }

  /// What is wrong with the setting `name`, or with all of them if that is empty.
  package func problem(_ name: String, _ found: String, _ expected: String) -> KurError {
    .section(
      path: path, place: name.isEmpty ? place : "\(place).\(name)", found: found,
      expected: expected)
  }

  /// The value of `name`; nil where it is missing or null.
  package subscript(name: String) -> PythonValue? {
    guard let value = values[name] else { return nil }
    if case .none = value { return nil }
    return value
  }

  /// The settings under `name`.
  package func settings(_ name: String) throws(KurError) -> KurSettings {
    try KurSettings(self[name], path: path, place: "\(place).\(name)")
  }

  /// The text `name`.
  package func text(_ name: String) throws(KurError) -> String? {
    guard let value = self[name] else { return nil }
    guard let text = value.string else { throw problem(name, value.representation, "a text") }
    return text
  }

  /// The path `name`, with `~` and variables replaced.
  package func file(_ name: String) throws(KurError) -> String? {
    guard let path = try text(name) else { return nil }
    guard !path.isEmpty else { throw problem(name, "an empty text", "a path") }
    return KurPath.expanded(path)
  }

  /// The number `name`.
  package func number(_ name: String) throws(KurError) -> Double? {
    guard let value = self[name] else { return nil }
    guard let number = value.number?.double, number.isFinite else {
      throw problem(name, value.representation, "a number")
    }
    return number
  }

  /// The whole number `name`, which must be in `range`.
  package func integer(
    _ name: String, in range: ClosedRange<Int> = 1...Int.max
  ) throws(KurError) -> Int? {
    guard let value = self[name] else { return nil }
    guard let integer = value.integer, range.contains(integer) else {
      let limit = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
      throw problem(name, value.representation, "a whole number, \(range.lowerBound) \(limit)")
    }
    return integer
  }

  /// Whether `name` holds, by Python's truth.
  package func flag(_ name: String) -> Bool? { self[name]?.isTrue }

  /// Makes sure that nothing else is set than `names`.
  ///
  /// - Throws: `KurError.section`, with the nearest right name.
  package func allow(only names: [String]) throws(KurError) {
    for key in values.keys where !names.contains(key.text) {
      let suggestion = nearest(key.text, names).map { "; did you mean \($0)?" } ?? ""
      throw problem(
        "", "the setting \(key.text)\(suggestion)", names.joined(separator: ", "))
    }
  }
}
