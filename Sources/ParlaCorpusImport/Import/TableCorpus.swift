import ParlaFiles

/// A row of a corpus's table.
struct TableRow {
  /// The table's path in the tree.
  let table: String
  /// The values, without blanks at their ends.
  let values: [String]
  let tree: SourceTree
  fileprivate let columns: [String: Int]

  /// The value of the column at `index`, from 0; empty where the row is shorter.
  subscript(_ index: Int) -> String { values.indices.contains(index) ? values[index] : "" }

  /// The value of the column called `name`; empty if there is none.
  subscript(_ name: String) -> String { columns[name].map { self[$0] } ?? "" }

  /// The folder of the table.
  var folder: String { table.folderPath }

  /// The recording at `path` under the table's folder, or that path if there is none.
  func recording(_ path: String) -> String {
    let path = folder.appendingName(path)
    return tree.recording(path) ?? path
  }

  /// The recording called `name` anywhere in the corpus, or that name if there is none.
  func recording(named name: String) -> String { tree.recording(named: name) ?? name }
}

/// A corpus whose samples are listed in tables next to folders of recordings: all differences are parameters.
struct TableCorpus: StreamedImporter {
  let name: String
  let summary: String
  let licence: String
  let layout: String
  let rules: ImportRules

  /// Which of the tree's files are the corpus's tables.
  let isTable: @Sendable (String) -> Bool

  /// A folder next to each table; nil if none is required.
  var folderBeside: String?

  /// How the tables are written.
  var separator = TableReader.Separator.bar
  var quoting = TableReader.Quoting.none
  /// Whether the first row names the columns.
  var hasHeader = false
  /// Columns that the header has, where the table's name says too little.
  var neededColumns: [String] = []

  /// The language of the table at a path, as the corpus calls it; nil where a corpus has one language.
  var language: (@Sendable (String) -> String)?

  /// Whether the original importer counts to ten.
  var dividesByTen = false

  /// The sample of a row; nil if the row is none.
  let sample: @Sendable (TableRow) -> ListedSample?

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.files.contains { file in
      guard isTable(file.path), hasNeededColumns(file.path, tree) else { return false }
      guard let folderBeside else { return true }
      let folder = file.path.folderPath.appendingName(folderBeside) + "/"
      return tree.files.contains { $0.path.hasPrefix(folder) }
    }
  }

  private func hasNeededColumns(_ path: String, _ tree: SourceTree) -> Bool {
    guard !neededColumns.isEmpty else { return true }
    guard let data = try? tree.contents(path) else { return false }
    let header = TableReader.rows(
      SourceText(data).text, separator: separator, quoting: quoting, limit: 1)
    let names = header.first?.map { $0.trimmed.lowercased() } ?? []
    return neededColumns.allSatisfy(names.contains)
  }

  func eachSample(
    in tree: SourceTree, _ request: ListingRequest,
    _ take: (ListedSample) throws(ImportError) -> Void
  ) throws(ImportError) -> [ImportReport.TableColumns] {
    let tables = try tree.inOneLanguage(
      Array(tree.files.lazy.map(\.path).filter(isTable)), of: name, asked: request.language
    ) { language?($0) ?? "" }
    for table in tables {
      var columns: [String: Int]?
      try tree.eachRow(
        of: table, encoding: request.encoding, separator: separator, quoting: quoting
      ) { values throws(ImportError) in
        if hasHeader, columns == nil {
          columns = Dictionary(
            values.enumerated().map { ($0.element.trimmed.lowercased(), $0.offset) },
            uniquingKeysWith: { first, _ in first })
          return
        }
        let row = TableRow(
          table: table, values: values.map(\.trimmed), tree: tree, columns: columns ?? [:])
        if let sample = sample(row) { try take(sample) }
      }
    }
    return []
  }

  func originalParts(of samples: KeptSamples) -> [String]? {
    dividesByTen ? tenths(samples.count) : nil
  }
}

/// The part of a corpus that a path names: `train`, `dev` or `test`, by the last folder that is called so or begins so.
func part(inPath path: String) -> String? {
  for word in path.lowercased().split(separator: "/").dropLast().reversed() {
    for (start, part) in [
      ("train", "train"), ("dev", "dev"), ("valid", "dev"), ("test", "test"), ("eval", "test"),
    ]
    where word == start || word.hasPrefix(start + "-") || word.hasPrefix(start + "_")
      || word.hasSuffix("_" + start) || word == "validation" && part == "dev"
    {
      return part
    }
  }
  return nil
}
