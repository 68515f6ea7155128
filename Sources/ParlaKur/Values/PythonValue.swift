/// A value as a Kurfile's templates see it: Python's types, with Python's equality, text and arithmetic.
///
/// Kurfiles were written for Python; what a template makes of them depends on its rules, down to the spelling of
/// floating-point numbers.
package indirect enum PythonValue: Sendable {
  /// `None`.
  case none
  /// `True` or `False`, which count as 1 and 0.
  case bool(Bool)
  /// An integer.
  case int(Int)
  /// A floating-point number.
  case float(Double)
  /// A text; its length is in code points, and composed and decomposed letters differ.
  case string(String)
  /// A list.
  case list([PythonValue])
  /// A tuple.
  case tuple([PythonValue])
  /// A mapping in the order of insertion.
  case dictionary(PythonDictionary)
  /// A set, in the order of insertion.
  case set([PythonValue])
  /// What a filter yields one by one; `kind` is the name of its type.
  case iterator(kind: String, [PythonValue])
  /// What `range` makes.
  case range(PythonRange)
  /// A name or attribute that is not there; `problem` says so.
  case undefined(problem: String)
  /// A function, a macro, or an object of the template language.
  case object(any TemplateObject)
  /// A value without arithmetic here: a date, a complex number, an integer beyond 64 bits.
  case other(type: String, text: String)
}

/// The numbers of a `range`.
package struct PythonRange: Sendable, Equatable {
  let start: Int
  let stop: Int
  let step: Int

  /// How many numbers there are.
  var count: Int {
    if step > 0 { return start < stop ? (stop - start - 1) / step + 1 : 0 }
    return start > stop ? (start - stop - 1) / -step + 1 : 0
  }

  var values: [PythonValue] { (0..<count).map { .int(start + $0 * step) } }
}

/// A mapping that keeps the order in which its keys came.
package struct PythonDictionary: Sendable {
  /// The keys in their order.
  package private(set) var keys: [PythonValue] = []
  private var values: [PythonValue: PythonValue] = [:]

  /// An empty mapping.
  package init() {}

  /// A mapping of `pairs`; of equal keys the last value counts.
  package init(_ pairs: some Sequence<(PythonValue, PythonValue)>) {
    for (key, value) in pairs { self[key] = value }
  }

  /// The keys with their values.
  package var pairs: [(key: PythonValue, value: PythonValue)] {
    keys.map { ($0, values[$0] ?? .none) }
  }

  package var count: Int { keys.count }

  /// The value of `key`; setting nil takes it out.
  package subscript(key: PythonValue) -> PythonValue? {
    get { values[key] }
    set {
      if let newValue {
        if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
      } else if values.removeValue(forKey: key) != nil {
        keys.removeAll { $0 == key }
      }
    }
  }

  /// The value of the key `name`.
  package subscript(name: String) -> PythonValue? {
    get { self[.string(name)] }
    set { self[.string(name)] = newValue }
  }
}

// MARK: - Equality

extension PythonValue: Hashable {
  /// Python's `==`.
  package static func == (first: PythonValue, second: PythonValue) -> Bool {
    if let first = first.number, let second = second.number { return first == second }
    return switch (first, second) {
    case (.none, .none), (.undefined, .undefined): true
    case (.string(let first), .string(let second)): first.utf8.elementsEqual(second.utf8)
    case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
      first == second
    case (.dictionary(let first), .dictionary(let second)): first.equals(second)
    case (.set(let first), .set(let second)): Set(first) == Set(second)
    case (.range(let first), .range(let second)): first.values == second.values
    case (.object(let first), .object(let second)): first === second
    case (.other(let type, let text), .other(let otherType, let otherText)):
      type == otherType && text == otherText
    default: false
    }
  }

  /// Equal values feed the same: 1, 1.0 and True are equal.
  package func hash(into hasher: inout Hasher) {
    if let number {
      number.hash(into: &hasher)
      return
    }
    switch self {
    case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
    case .tuple(let items): for item in items { item.hash(into: &hasher) }
    case .other(_, let text): hasher.combine(text)
    default: hasher.combine(0)
    }
  }

  /// Whether the value may be a key.
  var isHashable: Bool {
    switch self {
    case .list, .dictionary, .set: false
    case .tuple(let items): items.allSatisfy(\.isHashable)
    default: true
    }
  }
}

extension PythonDictionary {
  fileprivate func equals(_ other: PythonDictionary) -> Bool {
    count == other.count && pairs.allSatisfy { other[$0.key] == $0.value }
  }
}

// MARK: - Numbers

/// A Python number: an integer, or a floating-point one.
enum PythonNumber: Hashable {
  case int(Int)
  case float(Double)

  var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    }
  }

  static func == (first: PythonNumber, second: PythonNumber) -> Bool {
    switch (first, second) {
    case (.int(let first), .int(let second)): first == second
    case (.float(let first), .float(let second)): first == second
    case (.int(let int), .float(let float)), (.float(let float), .int(let int)):
      Int(exactly: float) == int
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .int(let value): hasher.combine(value)
    case .float(let value):
      if let whole = Int(exactly: value) { hasher.combine(whole) } else { hasher.combine(value) }
    }
  }
}

extension PythonValue {
  /// The value as a number, if it is one; booleans are.
  var number: PythonNumber? {
    switch self {
    case .bool(let value): .int(value ? 1 : 0)
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    default: nil
    }
  }

  /// The value as an integer, if it is one; booleans are.
  package var integer: Int? {
    if case .int(let value) = number { value } else { nil }
  }

  /// The text, if the value is one.
  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The mapping, if the value is one.
  package var dictionary: PythonDictionary? {
    if case .dictionary(let dictionary) = self { dictionary } else { nil }
  }

  /// The items of a list or tuple.
  package var sequence: [PythonValue]? {
    switch self {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  /// Whether there is no such value.
  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// Python's truth: nothing, zero and what is empty are false.
  package var isTrue: Bool {
    switch self {
    case .none, .undefined: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let items), .tuple(let items), .set(let items): !items.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .range(let range): range.count > 0
    case .iterator, .object, .other: true
    }
  }

  /// The name of the type, as Python has it.
  package var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .set: "set"
    case .iterator(let kind, _): kind
    case .range: "range"
    case .undefined: "Undefined"
    case .object(let object): object.typeName
    case .other(let type, _): type
    }
  }
}
