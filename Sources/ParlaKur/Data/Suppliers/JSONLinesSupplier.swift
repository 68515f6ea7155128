import ParlaFiles

/// Objects of a JSON Lines file, each field of which is a source: `jsonl`.
package struct JSONLinesSupplier: KurSupplier {
  package static let kind = "jsonl"
  package static let settingOrder = ["source"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    let path = try KurDataFile.path(settings)
    let lines = try JSONLines(path)
    var sources = StoredSources()
    for name in lines.names {
      try sources.add(name, try Self.column(lines.values(name), name, path), path: path)
    }
    self.sources = sources
  }

  private static func column(
    _ values: [PythonValue], _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    let texts = values.compactMap(\.string)
    if texts.count == values.count { return .texts(texts) }
    let arrays = values.compactMap(KurArray.init(_:))
    guard let first = arrays.first, arrays.count == values.count else {
      throw .badFile(
        path: path, found: "\(name), which is neither text nor numbers in every line",
        expected: "texts, numbers, or lists of numbers")
    }
    return arrays.allSatisfy { $0.shape == first.shape }
      ? .array(.stacked(arrays)) : .ragged(arrays)
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

/// The objects of a JSON Lines file.
struct JSONLines {
  /// The fields of the first line, which all others must have too.
  let names: [String]
  private let objects: [PythonDictionary]

  init(_ path: String) throws(KurError) {
    var objects: [PythonDictionary] = []
    var names: [String] = []
    for (number, line) in try KurText.lines(path) {
      guard let object = try JSONText.value(of: line, path: path).dictionary else {
        throw .badFile(path: path, found: "no object in line \(number)", expected: "one")
      }
      if objects.isEmpty { names = object.keys.map(\.text) }
      for name in names where object[name] == nil {
        throw .badFile(
          path: path, found: "no \(name) in line \(number)", expected: "it, as in the first line")
      }
      objects.append(object)
    }
    guard !objects.isEmpty else {
      throw .badFile(path: path, found: "no lines", expected: "an object in each")
    }
    self.objects = objects
    self.names = names
  }

  /// What all lines have as `name`.
  func values(_ name: String) -> [PythonValue] { objects.map { $0[name] ?? .none } }
}

extension KurArray {
  /// Numbers in lists of lists of equal length; nil for anything else.
  init?(_ value: PythonValue) {
    if let number = value.number {
      self.init(number.double, isWhole: value.integer != nil)
      return
    }
    guard let items = value.sequence else { return nil }
    let arrays = items.compactMap(KurArray.init(_:))
    guard arrays.count == items.count, arrays.allSatisfy({ $0.shape == arrays[0].shape }) else {
      return nil
    }
    self = .stacked(arrays)
  }
}
