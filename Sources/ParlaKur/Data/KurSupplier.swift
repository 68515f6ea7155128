/// Where entries come from: each has a value for each of the supplier's sources.
package protocol KurSupplier: Sendable {
  /// What Kurfiles call it.
  static var kind: String { get }

  /// The names of settings that are given without names, in their order.
  static var settingOrder: [String] { get }

  /// Prepares the data that `settings` describe.
  ///
  /// - Throws: `KurError`, and what befalls files.
  init(_ settings: KurSettings, _ services: KurServices) throws

  /// The sources by name.
  var sourceNames: [String] { get }

  /// How many entries there are.
  var count: Int { get }

  /// The sources' data for the entries at `indices`, all in the same order.
  ///
  /// Unusable entries are skipped in all sources, and reported: `kept` are the positions in `indices` of the others.
  func batch(_ indices: [Int]) throws -> (columns: KurBatch, kept: [Int])

  /// The axes of an entry of `source`; nil where their length varies.
  func shape(of source: String) throws -> [Int?]

  /// The symbols of the source `name`, if it is spelt with some.
  func vocabulary(of name: String) -> SpeechVocabulary?

  /// The number by which entries are sorted, for each of them; nil where `source` has none.
  func sortingValues(of source: String) throws -> [Double]?
}

extension KurSupplier {
  package func vocabulary(of name: String) -> SpeechVocabulary? { nil }

  /// What an entry of `source` looks like, by the first one.
  package func shape(of source: String) throws -> [Int?] {
    guard count > 0, let column = try batch([0]).columns[source] else { return [] }
    switch column {
    case .array(let array): return array.shape.dropFirst().map { $0 }
    case .ragged(let arrays): return [nil] + (arrays.first?.shape.dropFirst() ?? []).map { $0 }
    case .lists: return [nil]
    case .texts: return []
    }
  }

  /// Single numbers sort entries.
  package func sortingValues(of source: String) throws -> [Double]? {
    guard let array = try batch(Array(0..<count)).columns[source]?.array, array.count == count,
      array.values.count == count
    else { return nil }
    return array.values
  }
}

/// The suppliers that Kurfiles may name.
package enum KurSuppliers {
  /// All of them.
  package static let all: [any KurSupplier.Type] = [
    SpeechRecognitionSupplier.self, JSONLinesSupplier.self, CSVSupplier.self, PickleSupplier.self,
    NumPyDictionarySupplier.self, MNISTSupplier.self, CIFARSupplier.self, TextSupplier.self,
  ]

  /// The suppliers of `data`, a list of mappings from a supplier's name to its settings.
  ///
  /// - Throws: `KurError.section` for what names none, and what the suppliers throw.
  package static func make(
    _ data: PythonValue?, path: String, place: String, _ services: KurServices
  ) throws -> [any KurSupplier] {
    guard let entries = data?.sequence, !entries.isEmpty else {
      throw KurError.section(
        path: path, place: place, found: data.map { "a \($0.typeName)" } ?? "nothing",
        expected: "a list of suppliers, such as - speech_recognition: {path: corpus}")
    }
    return try entries.enumerated().compactMap { index, entry in
      let place = "\(place)[\(index)]"
      let names = all.map { $0.kind }
      guard let entry = entry.dictionary,
        let type = all.first(where: { entry[$0.kind] != nil })
      else {
        let found = entry.dictionary?.keys.map(\.text) ?? []
        let suggestion =
          found.lazy.compactMap { nearest($0, names) }.first.map { "; did you mean \($0)?" } ?? ""
        throw KurError.section(
          path: path, place: place,
          found: (found.isEmpty ? entry.representation : found.joined(separator: ", "))
            + suggestion,
          expected: "one of the suppliers " + names.joined(separator: ", "))
      }
      if let when = entry["when"], !when.isTrue { return nil }
      return try type.init(
        KurSettings(
          named(entry[type.kind], type.settingOrder), path: path, place: "\(place).\(type.kind)"),
        services)
    }
  }
}

extension KurSuppliers {
  /// Settings that come without names, with those that `order` gives them.
  static func named(_ value: PythonValue?, _ order: [String]) -> PythonValue? {
    switch value {
    case .string?, .list?, .tuple?:
      let items = value?.sequence ?? value.map { [$0] } ?? []
      return .dictionary(PythonDictionary(zip(order, items).map { (.string($0), $1) }))
    default: return value
    }
  }
}

/// Arrays and texts in memory, by source: what most suppliers have.
struct StoredSources: Sendable {
  private(set) var names: [String] = []
  private var columns: KurBatch = [:]

  /// How many entries there are.
  var count: Int { names.first.flatMap { columns[$0]?.count } ?? 0 }

  /// Adds a source; all must have as many entries.
  ///
  /// - Throws: `KurError.data`, where they have not.
  mutating func add(_ name: String, _ column: KurColumn, path: String) throws(KurError) {
    guard names.isEmpty || column.count == count else {
      throw .data(
        path: path,
        problem: "found \(column.count) entries of \(name), expected \(count) as of \(names[0])")
    }
    if columns.updateValue(column, forKey: name) == nil { names.append(name) }
  }

  func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    (columns.mapValues { $0.picking(indices) }, Array(indices.indices))
  }
}

extension KurColumn {
  /// The entries at `indices`.
  func picking(_ indices: [Int]) -> KurColumn {
    switch self {
    case .array(let array): .array(array.picking(indices))
    case .ragged(let arrays): .ragged(indices.map { arrays[$0] })
    case .lists(let lists): .lists(indices.map { lists[$0] })
    case .texts(let texts): .texts(indices.map { texts[$0] })
    }
  }
}
