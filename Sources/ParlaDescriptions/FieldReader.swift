/// Reads the fields of a description: each once, by name and type.
///
/// The described type reads its fields here and so declares them. An unread field is a mistake in the
/// description, reported with the names that were read. `resolved` is the same description with all defaults filled in.
public struct FieldReader: Sendable {
  private let given: [String: FieldValue]
  private var names: [String] = []

  /// What was read so far, defaults included.
  public private(set) var resolved: [String: FieldValue] = [:]

  /// Reads `fields`.
  public init(_ fields: [String: FieldValue]) { given = fields }

  /// A whole number in `range`.
  public mutating func integer(
    _ name: String, _ meaning: String, in range: ClosedRange<Int> = 1...1 << 20,
    default fallback: Int? = nil
  ) throws(DescriptionProblem) -> Int {
    guard let value = try value(name, meaning, fallback.map { .number(Double($0)) }) else {
      throw missing(name, meaning)
    }
    return try integer(value, name, meaning, range)
  }

  /// A whole number from 0 on; nil for `all`, which is usual.
  public mutating func limit(
    _ name: String, _ meaning: String
  ) throws(DescriptionProblem) -> Int? {
    guard let value = try value(name, meaning, .text("all")), value != .text("all") else {
      return nil
    }
    do {
      return try integer(value, name, meaning, 0...1 << 20)
    } catch {
      var problem = error
      problem.expected += ", or `all`"
      throw problem
    }
  }

  /// Whole numbers in `range`: `count` of them, or one that holds for all; without `count` any number of them.
  public mutating func integers(
    _ name: String, _ meaning: String, count: Int?, in range: ClosedRange<Int> = 1...1 << 20,
    default fallback: [Int]? = nil
  ) throws(DescriptionProblem) -> [Int] {
    let usual = fallback.map { FieldValue.list($0.map { .number(Double($0)) }) }
    guard let value = try value(name, meaning, usual) else {
      throw missing(name, meaning)
    }
    var numbers: [Int] = []
    if case .list(let values) = value {
      for value in values { numbers.append(try integer(value, name, meaning, range)) }
    } else {
      numbers = Array(repeating: try integer(value, name, meaning, range), count: count ?? 1)
    }
    if let count, numbers.count != count {
      throw DescriptionProblem(
        field: name, found: value.spelling, expected: "\(meaning), one number or \(count)")
    }
    let values = numbers.map { FieldValue.number(Double($0)) }
    resolved[name] = count == 1 ? values[0] : .list(values)
    return numbers
  }

  /// A number above `above`, from `from` on, and below `below`.
  public mutating func number(
    _ name: String, _ meaning: String, above: Double? = nil, from: Double? = nil,
    below: Double? = nil, default fallback: Double? = nil
  ) throws(DescriptionProblem) -> Float {
    guard let found = try value(name, meaning, fallback.map { .number($0) }) else {
      throw missing(name, meaning)
    }
    guard let value = found.number ?? found.text.flatMap({ Double($0) }), value.isFinite,
      Float(value).isFinite, value > above ?? -.infinity, value >= from ?? -.infinity,
      value < below ?? .infinity
    else {
      let range = [
        above.map { "above \(FieldValue.number($0).spelling)" },
        from.map { "at least \(FieldValue.number($0).spelling)" },
        below.map { "below \(FieldValue.number($0).spelling)" },
      ].compactMap(\.self).joined(separator: " and ")
      throw DescriptionProblem(
        field: name, found: "\"\(found.spelling)\"",
        expected: "\(meaning), a number" + (range.isEmpty ? "" : " \(range)"))
    }
    resolved[name] = .number(value)
    return Float(value)
  }

  /// `count` numbers above `above`; nil where none are given.
  public mutating func numbers(
    _ name: String, _ meaning: String, count: Int, above: Double? = nil
  ) throws(DescriptionProblem) -> [Float]? {
    guard let found = try value(name, meaning, nil) else { return nil }
    guard case .list(let values) = found, values.count == count else {
      throw DescriptionProblem(
        field: name, found: found.spelling, expected: "\(meaning), \(count) numbers")
    }
    var numbers: [Float] = []
    for value in values {
      guard let number = value.number ?? value.text.flatMap({ Double($0) }), number.isFinite,
        Float(number).isFinite, number > above ?? -.infinity
      else {
        throw DescriptionProblem(
          field: name, found: "\"\(value.spelling)\"",
          expected: meaning + (above.map { ", above \(FieldValue.number($0).spelling)" } ?? ""))
      }
      numbers.append(Float(number))
    }
    resolved[name] = .list(numbers.map { .number(Double($0)) })
    return numbers
  }

  /// Numbers: `count` of them.
  public mutating func numbers(
    _ name: String, _ meaning: String, count: Int, default fallback: [Double]
  ) throws(DescriptionProblem) -> [Float] {
    let found = try value(name, meaning, .list(fallback.map { .number($0) }))
    guard case .list(let values)? = found, values.count == count else {
      throw DescriptionProblem(
        field: name, found: found?.spelling ?? "nothing", expected: "\(meaning), \(count) numbers")
    }
    let numbers = values.compactMap { $0.number ?? $0.text.flatMap { Double($0) } }
    guard numbers.count == count, numbers.allSatisfy({ Float($0).isFinite }) else {
      throw DescriptionProblem(
        field: name, found: found?.spelling ?? "nothing", expected: "\(meaning), \(count) numbers")
    }
    resolved[name] = .list(numbers.map { .number($0) })
    return numbers.map { Float($0) }
  }

  /// Yes or no.
  public mutating func flag(
    _ name: String, _ meaning: String, default fallback: Bool? = nil
  ) throws(DescriptionProblem) -> Bool {
    guard let found = try value(name, meaning, fallback.map { .flag($0) }) else {
      throw missing(name, meaning)
    }
    let flag: Bool? =
      switch found {
      case .flag(let value): value
      case .text(let text): ["true": true, "false": false][text]
      default: nil
      }
    if let flag {
      resolved[name] = .flag(flag)
      return flag
    }
    throw DescriptionProblem(
      field: name, found: "\"\(found.spelling)\"", expected: "\(meaning), `true` or `false`")
  }

  /// One of the names that `Choice` knows.
  public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ meaning: String, of type: Choice.Type = Choice.self,
    default fallback: Choice? = nil
  ) throws(DescriptionProblem) -> Choice {
    let text = try self.text(name, meaning, default: fallback?.rawValue)
    guard let choice = Choice(rawValue: text) else {
      throw DescriptionProblem(
        field: name, found: "\"\(text)\"", expected: meaning,
        known: type.allCases.map(\.rawValue))
    }
    return choice
  }

  /// A text.
  public mutating func text(
    _ name: String, _ meaning: String, default fallback: String? = nil
  ) throws(DescriptionProblem) -> String {
    guard let value = try value(name, meaning, fallback.map { .text($0) }) else {
      throw missing(name, meaning)
    }
    guard let text = value.text else {
      throw DescriptionProblem(field: name, found: value.spelling, expected: meaning)
    }
    resolved[name] = .text(text)
    return text
  }

  /// Texts, or one; nil where none are given.
  public mutating func texts(
    _ name: String, _ meaning: String
  ) throws(DescriptionProblem) -> [String]? {
    guard let found = try value(name, meaning, nil) else { return nil }
    let values = if case .list(let values) = found { values } else { [found] }
    var texts: [String] = []
    for value in values {
      guard let text = value.text else {
        throw DescriptionProblem(field: name, found: value.spelling, expected: meaning)
      }
      texts.append(text)
    }
    return texts
  }

  /// Makes sure that every field was read by somebody.
  ///
  /// - Throws: `DescriptionProblem` with the names that were.
  public func requireAllRead() throws(DescriptionProblem) {
    guard let unread = given.keys.filter({ !names.contains($0) }).min() else { return }
    throw DescriptionProblem(
      field: unread, found: "`\(unread)`",
      expected: names.isEmpty ? "no field but `name` and `inputs`" : "a field that there is",
      known: names)
  }

  // MARK: Parts

  private mutating func value(
    _ name: String, _ meaning: String, _ fallback: FieldValue?
  ) throws(DescriptionProblem) -> FieldValue? {
    names.append(name)
    let value = given[name] ?? fallback
    resolved[name] = value
    return value
  }

  private func missing(_ name: String, _ meaning: String) -> DescriptionProblem {
    // Most likely it is there under another name.
    let unread = given.keys.filter { !names.contains($0) }.min()
    return DescriptionProblem(
      field: unread, found: "no \(name)" + (unread.map { " but `\($0)`" } ?? ""),
      expected: "`\(name)`: \(meaning)")
  }

  private mutating func integer(
    _ found: FieldValue, _ name: String, _ meaning: String, _ range: ClosedRange<Int>
  ) throws(DescriptionProblem) -> Int {
    guard let value = found.integer ?? found.text.flatMap({ Int($0) }), range.contains(value) else {
      throw DescriptionProblem(
        field: name, found: "\"\(found.spelling)\"",
        expected: "\(meaning), a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    resolved[name] = .number(Double(value))
    return value
  }
}
