// Order, membership and items, as Python has them.

extension PythonValue {
  /// How `self` and `other` are ordered: below zero if `self` comes first.
  func order(to other: PythonValue, by operation: String) throws -> Int? {
    if let problem = problem ?? other.problem { throw TemplateError.undefined(problem) }
    if let left = number, let right = other.number {
      if case .int(let left) = left, case .int(let right) = right {
        return left < right ? -1 : left == right ? 0 : 1
      }
      guard !left.double.isNaN, !right.double.isNaN else { return nil }
      return left.double < right.double ? -1 : left.double == right.double ? 0 : 1
    }
    switch (self, other) {
    case (.string(let left), .string(let right)):
      if left.utf8.elementsEqual(right.utf8) { return 0 }
      return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars) ? -1 : 1
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left, right) where left != right {
        return try left.order(to: right, by: operation)
      }
      return left.count - right.count
    default:
      throw TemplateError.type(
        operation: operation, found: "\(typeName) and \(other.typeName)",
        expected: "values of one type")
    }
  }

  /// `items` in order, equal ones in their original order; sorted by the result of `key`.
  static func sorted(
    _ items: [PythonValue], isDescending: Bool = false, by key: (PythonValue) throws -> PythonValue
  ) throws -> [PythonValue] {
    let keyed = try items.map { (key: try key($0), item: $0) }
    return try keyed.sorted { first, second in
      let order = try first.key.order(to: second.key, by: "sort") ?? 0
      return isDescending ? order > 0 : order < 0
    }.map(\.item)
  }

  /// Whether `item` is in the value.
  func contains(_ item: PythonValue) throws -> Bool {
    switch self {
    case .string(let text):
      guard let part = item.string else {
        if let problem = item.problem { throw TemplateError.undefined(problem) }
        throw TemplateError.type(
          operation: "in", found: "\(item.typeName) in a text", expected: "a text")
      }
      return part.isEmpty || !Self.occurrences(of: part, in: text, atMost: 1).isEmpty
    case .dictionary(let dictionary):
      try item.checkHashable()
      return dictionary[item] != nil
    default:
      return try items(of: "in").contains(item)
    }
  }

  /// Where `part` begins in `text`, in code points, without overlaps.
  static func occurrences(of part: String, in text: String, atMost limit: Int = .max) -> [Int] {
    let (part, text) = (Array(part.unicodeScalars), Array(text.unicodeScalars))
    var places: [Int] = []
    var index = 0
    while index + part.count <= text.count, places.count < limit {
      if text[index..<index + part.count].elementsEqual(part) {
        places.append(index)
        index += max(1, part.count)
      } else {
        index += 1
      }
    }
    return places
  }

  /// - Throws: `TemplateError.type` if the value cannot be a key or an item of a set.
  func checkHashable() throws {
    guard isHashable else {
      throw TemplateError.type(
        operation: "key or set", found: "a \(typeName)", expected: "a text, a number or a tuple")
    }
  }

  /// What a loop over the value meets.
  func items(of operation: String) throws -> [PythonValue] {
    switch self {
    case .list(let items), .tuple(let items), .set(let items), .iterator(_, let items):
      return items
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let dictionary): return dictionary.keys
    case .range(let range):
      guard range.count <= TemplateLimits.largestCount else {
        throw TemplateError.growth(
          found: "\(range.count) numbers", expected: "at most \(TemplateLimits.largestCount)")
      }
      return range.values
    case .undefined: return []
    default:
      throw TemplateError.type(
        operation: operation, found: "a \(typeName)", expected: "a list or another sequence")
    }
  }

  /// Python's `len`.
  func length() throws -> Int {
    switch self {
    case .list(let items), .tuple(let items), .set(let items): items.count
    case .string(let text): text.unicodeScalars.count
    case .dictionary(let dictionary): dictionary.count
    case .range(let range): range.count
    case .undefined: 0
    default:
      throw TemplateError.type(
        operation: "length", found: "a \(typeName)", expected: "a text, list or mapping")
    }
  }
}

// MARK: - Items by index

/// The bounds of `[start:stop:step]`.
struct PythonSlice {
  let start: PythonValue
  let stop: PythonValue
  let step: PythonValue

  /// The selected indices of a sequence of `count` items.
  func indices(count: Int) throws -> [Int] {
    let step = try bound(step) ?? 1
    guard step != 0 else {
      throw TemplateError.value(operation: "slice", found: "step 0", expected: "another step")
    }
    let (lowest, highest) = step > 0 ? (0, count) : (-1, count - 1)
    func clamped(_ value: Int?, _ fallback: Int) -> Int {
      guard let value else { return fallback }
      return min(max(value < 0 ? value + count : value, lowest), highest)
    }
    let start = clamped(try bound(start), step > 0 ? lowest : highest)
    let stop = clamped(try bound(stop), step > 0 ? highest : lowest)
    return PythonRange(start: start, stop: stop, step: step).values.compactMap(\.integer)
  }

  private func bound(_ value: PythonValue) throws -> Int? {
    if case .none = value { return nil }
    guard let integer = value.integer else {
      throw TemplateError.type(
        operation: "slice", found: value.representation, expected: "an integer")
    }
    // No sequence is as long; the sum of two such bounds still fits.
    return min(max(integer, -(1 << 60)), 1 << 60)
  }
}

extension PythonValue {
  /// The item at `index` of a sequence or of a mapping; nil if there is none.
  func item(at index: PythonValue) -> PythonValue? {
    switch self {
    case .dictionary(let dictionary): return index.isHashable ? dictionary[index] : nil
    case .list(let items), .tuple(let items): return Self.item(of: items, at: index)
    case .string(let text):
      return Self.item(of: Array(text.unicodeScalars), at: index).map { .string(String($0)) }
    case .range(let range):
      guard let integer = index.integer else { return nil }
      let place = integer < 0 ? integer + range.count : integer
      return 0..<range.count ~= place ? .int(range.start + place * range.step) : nil
    default: return nil
    }
  }

  /// The items selected by `slice`; nil for values without an order.
  func items(in slice: PythonSlice) throws -> PythonValue? {
    switch self {
    case .list(let items): .list(try slice.indices(count: items.count).map { items[$0] })
    case .tuple(let items): .tuple(try slice.indices(count: items.count).map { items[$0] })
    case .string(let text):
      .string(try Self.slice(Array(text.unicodeScalars), slice))
    case .range: try PythonValue.list(items(of: "slice")).items(in: slice)
    default: nil
    }
  }

  private static func slice(_ scalars: [Unicode.Scalar], _ slice: PythonSlice) throws -> String {
    var text = String.UnicodeScalarView()
    for index in try slice.indices(count: scalars.count) { text.append(scalars[index]) }
    return String(text)
  }

  private static func item<Item>(of items: [Item], at index: PythonValue) -> Item? {
    guard let integer = index.integer else { return nil }
    let place = integer < 0 ? integer + items.count : integer
    return items.indices.contains(place) ? items[place] : nil
  }
}
