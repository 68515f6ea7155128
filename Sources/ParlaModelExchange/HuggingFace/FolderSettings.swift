import ParlaAcousticModel
import ParlaFiles

/// The settings in one of a folder's JSON files: each is read by name and type, with what it is where the file is silent.
struct FolderSettings {
  /// Where the file is, for messages.
  let path: String

  /// What it says.
  let values: [String: JSONValue]

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.damaged`.
  init(path: String) throws(ModelError) {
    let text: String
    do { text = try FileContent.text(path) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    guard let values = (try? JSONValue(bytes: Array(text.utf8)))?.members else {
      throw .damaged(path: path, reason: "it is no JSON object")
    }
    self.path = path
    self.values = values
  }

  /// Settings that a file at `path` is to have.
  init(path: String, values: [String: JSONValue]) { (self.path, self.values) = (path, values) }

  /// The problem that setting `name` is not what was expected.
  func problem(_ name: String, _ expected: String) -> ModelError {
    .unsuitableSetting(
      path: path, name: name, found: values[name]?.spelling ?? "nothing", expected: expected)
  }

  /// What stands under `name`; nil where nothing does, or null.
  private func given(_ name: String) -> JSONValue? {
    let value = values[name]
    return value == .null ? nil : value
  }

  /// A whole number in `range`.
  func integer(
    _ name: String, in range: ClosedRange<Int> = 1...1 << 20, default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    if given(name) == nil, let fallback { return fallback }
    guard let value = given(name)?.integer, range.contains(value) else {
      throw problem(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A whole number, or nil where there is none.
  func optionalInteger(_ name: String) throws(ModelError) -> Int? {
    given(name) == nil ? nil : try integer(name)
  }

  /// A number from 0 on.
  func number(
    _ name: String, below limit: Double = .infinity, default fallback: Double
  ) throws(ModelError) -> Double {
    guard let found = given(name) else { return fallback }
    guard let value = found.number, value >= 0, value < limit else {
      throw problem(name, "a number from 0 on" + (limit < .infinity ? ", below \(limit)" : ""))
    }
    return value
  }

  /// Yes or no.
  func flag(_ name: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard let found = given(name) else { return fallback }
    guard case .bool(let value) = found else { throw problem(name, "true or false") }
    return value
  }

  /// A text.
  func text(_ name: String, default fallback: String? = nil) throws(ModelError) -> String {
    if given(name) == nil, let fallback { return fallback }
    guard let value = given(name)?.text else { throw problem(name, "a text") }
    return value
  }

  /// `count` whole numbers from 1 on, or as many as there are.
  func integers(
    _ name: String, count: Int? = nil, default fallback: [Int]
  ) throws(ModelError) -> [Int] {
    guard let found = given(name) else { return fallback }
    guard case .array(let items) = found, case let numbers = items.compactMap(\.integer),
      numbers.count == items.count, numbers.count == count ?? numbers.count, !numbers.isEmpty,
      numbers.allSatisfy({ (1...1 << 20).contains($0) })
    else {
      throw problem(name, "\(count.map { "\($0) " } ?? "")whole numbers from 1 on")
    }
    return numbers
  }
}
