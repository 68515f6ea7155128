import Foundation
import ParlaFiles

/// A CSV file whose first row names the columns.
struct CSVTable {
  /// The columns' names, in order.
  let names: [String]

  private let path: String
  private var reader: CSVReader

  /// Reads `data`; `path` is for messages.
  ///
  /// - Throws: `CorpusError.noHeader`, `.duplicateColumn`, and what the first row can lack as CSV.
  init(_ data: Data, path: String) throws(CorpusError) {
    self.path = path
    reader = CSVReader(bytes: Array(data), path: path)
    guard let header = try reader.nextRow() else { throw .noHeader(path: path) }
    let names = header.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw .duplicateColumn(path: path, name: name)
    }
    self.names = names
  }

  /// Gives each row to `body`, and returns what is wrong with those that are none.
  mutating func rows(
    _ body: (CSVReader.Row) throws(CorpusError) -> Void
  ) -> [CorpusError] {
    var problems: [CorpusError] = []
    while true {
      do throws(CorpusError) {
        guard let row = try reader.nextRow() else { return problems }
        guard row.fields.count == names.count else {
          throw CorpusError.fieldCount(
            path: path, line: row.line, found: row.fields.count, expected: names.count)
        }
        try body(row)
      } catch {
        problems.append(error)
        if error.hidesRows { return problems }
      }
    }
  }
}

extension CorpusError {
  /// Whether the start of the next row is unknown.
  fileprivate var hidesRows: Bool {
    switch self {
    case .textAfterQuote, .unterminatedQuote: true
    default: false
    }
  }
}
