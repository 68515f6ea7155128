import ParlaFiles

/// A table of numbers, each column of which is a source: `csv`.
///
/// Settings: `path`, `url`, `checksum`; `header` (whether the first line names the columns); `format` with `delimiter` and `quote`.
package struct CSVSupplier: KurSupplier {
  package static let kind = "csv"
  package static let settingOrder = ["path", "url", "checksum", "format", "header"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: DataPackage.settingNames + ["header", "format"])
    let path = try DataPackage.find(settings, services).path
    let format = try settings.settings("format")
    let quote = try format.text("quote")?.first ?? "\""
    let lines = try KurText.lines(path)
    let delimiter = try format.text("delimiter")?.first ?? Self.delimiter(lines.map(\.text))
    var rows = lines.map { ($0.number, Self.cells($0.text, delimiter, quote)) }
    guard let first = rows.first else {
      throw KurError.badFile(path: path, found: "no lines", expected: "a table of numbers")
    }
    let hasHeader = settings.flag("header") ?? true
    let names = hasHeader ? first.1 : first.1.indices.map { "column_\($0)" }
    if hasHeader { rows.removeFirst() }
    var columns = names.map { _ in [Double]() }
    for (number, cells) in rows {
      let values = cells.compactMap { Double($0.trimmed) }
      guard values.count == names.count, cells.count == names.count else {
        throw KurError.badFile(
          path: path, found: "\(values.count) numbers in line \(number)",
          expected: "\(names.count) of them")
      }
      for (index, value) in values.enumerated() { columns[index].append(Double(Float(value))) }
    }
    var sources = StoredSources()
    for (name, values) in zip(names, columns) {
      try sources.add(
        name, .array(KurArray(shape: [values.count], values: values)), path: path)
    }
    self.sources = sources
  }

  /// The character that divides the first lines into the same number of cells, more than one.
  private static func delimiter(_ lines: [String]) -> Character {
    let first = lines.prefix(5)
    return [",", "\t", ";", "|", " "].first { (candidate: Character) in
      let counts = Set(first.map { line in line.count { $0 == candidate } })
      return counts.count == 1 && counts.first != 0
    } ?? ","
  }

  private static func cells(_ line: String, _ delimiter: Character, _ quote: Character) -> [String]
  {
    var cells = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case quote: isQuoted.toggle()
      case delimiter where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
