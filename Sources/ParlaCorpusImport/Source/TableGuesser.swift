import ParlaFiles

/// Finds out how a table is written and which of its columns are what.
struct TableGuesser {
  private let tree: SourceTree
  private let request: ListingRequest
  /// Recordings by their names and stems, as they are and in lower case.
  private let byName: [String: String]
  /// Recordings that are called by a number; nil where several have the same.
  private let byNumber: [Int: String?]

  init(tree: SourceTree, recordings: [String], request: ListingRequest) {
    self.tree = tree
    self.request = request
    let names = recordings.flatMap { [($0.fileName, $0), ($0.fileStem, $0)] }
    byName = Dictionary(
      names + names.map { ($0.0.lowercased(), $0.1) }, uniquingKeysWith: { first, _ in first })
    byNumber = Dictionary(
      recordings.compactMap { path in Int(path.fileStem).map { ($0, path) } },
      uniquingKeysWith: { _, _ in nil })
  }

  /// A table that names recordings.
  struct Table {
    let columns: ImportReport.TableColumns
    var samples: [ListedSample] = []
  }

  /// The table at `path`; nil if it names no recordings.
  ///
  /// - Throws: `ImportError.file`, `.unknownColumn`.
  func table(at path: String) throws(ImportError) -> Table? {
    let text = Self.withoutSeparatorLine(
      SourceText(try tree.contents(path), encoding: request.encoding).text)
    guard let (separator, columns) = try layout(of: text, path: path) else { return nil }
    var reader = TableReader(text, separator: separator)
    if columns.hasHeader { _ = reader.next() }
    var table = Table(columns: columns.described(of: path))
    while let row = reader.next() {
      func value(_ index: Int?) -> String? {
        guard let index, row.indices.contains(index) else { return nil }
        let value = row[index].trimmed
        return value.isEmpty ? nil : value
      }
      guard let name = value(columns.audio) else { continue }
      let set = value(columns.set).map(Self.part) ?? nil
      table.samples.append(
        ListedSample(
          recording(name, table: path) ?? name, text: value(columns.text) ?? "",
          speaker: value(columns.speaker), sets: set.map { [$0] } ?? []))
    }
    return table.samples.isEmpty ? nil : table
  }

  /// `text` without the line `sep=;` with which spreadsheets tell each other their separator.
  private static func withoutSeparatorLine(_ text: String) -> String {
    guard let match = text.prefixMatch(of: /(?i)"?sep=[^\r\n]?"?(\r\n|\r|\n)/) else { return text }
    return String(text[match.range.upperBound...])
  }

  /// The recording for `name` in a table: relative to the table's folder, to the corpus's, or by its name alone.
  private func recording(_ name: String, table: String) -> String? {
    named(name, table: table) ?? numbered(name)
  }

  private func named(_ name: String, table: String) -> String? {
    let name = name.replacing("\\", with: "/")
    guard let first = name.first, name.utf8.count < 1000 else { return nil }
    var unconverted: String?
    if first != "/", !name.contains("..") {
      for place in [table.folderPath.appendingName(name), name] {
        guard let path = tree.recording(place) else { continue }
        // What was made of it may lie elsewhere.
        guard SourceFile.isConvertible(path) else { return path }
        unconverted = unconverted ?? path
      }
    }
    let hasEnding = SourceFile.isSound(name) || SourceFile.isConvertible(name)
    let readable = [name.fileName, hasEnding ? name.fileStem : name.fileName].lazy
      .compactMap { byName[$0] ?? byName[$0.lowercased()] }.first
    return readable ?? unconverted ?? tree.unconverted(named: name.fileName)
  }

  /// The recording that is called by the number `name`: a spreadsheet makes 1 of 0001.
  private func numbered(_ name: String) -> String? {
    name.allSatisfy(\.isASCII) ? Int(name).flatMap { byNumber[$0] ?? nil } : nil
  }

  /// How surely `name` is that of a recording, from 0 to 3: rows are numbered, too.
  private func sureness(_ name: String, table: String) -> Int {
    guard let path = named(name, table: table) else { return numbered(name) == nil ? 0 : 1 }
    // The film from which a recording comes may have a column, too.
    if SourceFile.isConvertible(path) { return 1 }
    return SourceFile.isSound(name) || SourceFile.isConvertible(name) ? 3 : 2
  }

  // MARK: Layout

  private struct Columns {
    var hasHeader = false
    var audio = 0
    var text = 1
    var speaker: Int?
    var set: Int?
    /// What the table calls its columns; their numbers, from 1, where it does not say.
    var headings: [String] = []

    /// What was taken of the table at `path`.
    func described(of path: String) -> ImportReport.TableColumns {
      let taken: [Int?] = [audio, text, speaker, set]
      return .init(
        table: path, audio: heading(audio), text: heading(text), speaker: speaker.map(heading),
        set: set.map(heading),
        unused: headings.indices.filter { !taken.contains($0) }.map { headings[$0] }
          .filter { !$0.isEmpty })
    }

    private func heading(_ index: Int) -> String {
      let heading = headings.indices.contains(index) ? headings[index] : ""
      return heading.isEmpty ? String(index + 1) : heading
    }
  }

  /// How many rows are looked at.
  private static let rowLimit = 200

  private func layout(
    of text: String, path: String
  ) throws(ImportError) -> (TableReader.Separator, Columns)? {
    var best: (separator: TableReader.Separator, rows: [[String]], column: Int, hits: [Int])?
    for separator in request.separator.map({ [$0] }) ?? TableReader.Separator.all {
      let rows = TableReader.rows(text, separator: separator, limit: Self.rowLimit)
      let width = rows.prefix(20).map(\.count).max() ?? 0
      guard width >= 2 else { continue }
      for column in 0..<min(width, 40) {
        let hits = rows.filter { $0.indices.contains(column) }.map {
          sureness($0[column].trimmed, table: path)
        }.filter { $0 > 0 }
        if hits.reduce(0, +) > best?.hits.reduce(0, +) ?? 0 {
          best = (separator, rows, column, hits)
        }
      }
    }
    guard let best else { return nil }
    // Prose may hold a word that is a recording's name.
    let count = best.hits.count
    guard 4 * count >= best.rows.count || count >= 1 && best.rows.count <= 3 else { return nil }
    let first = best.rows[0].map(\.trimmed)
    let hasHeader =
      first.indices.contains(best.column)
      && recording(first[best.column], table: path) == nil && Self.looksLikeHeader(first)
    return (
      best.separator,
      try columns(best.rows, audio: best.column, header: hasHeader ? first : nil, path: path)
    )
  }

  private static func looksLikeHeader(_ row: [String]) -> Bool {
    row.allSatisfy { $0.count < 40 && !SourceFile.isSound($0) && !SourceFile.isConvertible($0) }
  }

  private static let textNames = [
    "transcript", "transcription", "text", "sentence", "normalized_text", "utterance", "words",
    "label", "trans", "satz", "transkript", "texte", "phrase", "frase", "texto", "testo", "tekst",
    "raw_text", "prompt", "content",
  ]
  private static let speakerNames = [
    "speaker", "speaker_id", "speaker_name", "client_id", "spk", "spk_id", "reader", "reader_id",
    "narrator", "talker", "user", "user_id", "voice", "voice_id", "participant",
    "sprecher", "sprecherin", "sprecher_id", "leser", "leserin", "vorleser", "vorleserin", "stimme",
    "locuteur", "locutrice", "lecteur", "lectrice", "voix",
    "hablante", "locutor", "locutora", "lector", "lectora", "voz", "falante", "leitor", "leitora",
    "parlante", "lettore", "lettrice", "voce", "spreker", "lezer", "lektor", "mówca", "диктор",
  ]
  private static let setNames = ["set", "split", "subset", "partition", "part"]

  /// The letters and digits of a heading: `Sprecher/in` and `Speaker ID` are written in many ways.
  private static func plain(_ heading: String) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private func columns(
    _ rows: [[String]], audio: Int, header: [String]?, path: String
  ) throws(ImportError) -> Columns {
    let names = header?.map { $0.lowercased() } ?? []
    let plainNames = names.map(Self.plain)
    let width = rows.map(\.count).max() ?? 0
    func named(_ kind: String, _ choices: [String]) throws(ImportError) -> Int? {
      guard let wanted = request.columns[kind] else {
        return choices.lazy.compactMap { plainNames.firstIndex(of: Self.plain($0)) }
          .first { $0 != audio }
      }
      if let index = names.firstIndex(of: wanted.lowercased()) { return index }
      if let number = Int(wanted), number > 0, number <= width {
        return number - 1
      }
      throw .unknownColumn(path: path, name: wanted, known: header ?? [])
    }
    let audioColumn = try named("audio", []) ?? audio
    return Columns(
      hasHeader: header != nil, audio: audioColumn,
      text: try named("text", Self.textNames)
        ?? Self.wordiest(rows.dropFirst(header == nil ? 0 : 1), except: audioColumn),
      speaker: try named("speaker", Self.speakerNames), set: try named("set", Self.setNames),
      headings: header ?? (0..<width).map { String($0 + 1) })
  }

  /// The column with the most words.
  private static func wordiest(_ rows: ArraySlice<[String]>, except audio: Int) -> Int {
    let width = rows.map(\.count).max() ?? 2
    let letters = (0..<width).map { column in
      rows.reduce(0) { sum, row in
        guard column != audio, row.indices.contains(column) else { return sum }
        return sum + row[column].count { $0.isLetter } + 5 * row[column].count { $0 == " " }
      }
    }
    return letters.indices.max { letters[$0] < letters[$1] } ?? 1
  }

  private static func part(_ value: String) -> String? {
    switch value.lowercased() {
    case "train", "training", "trn": "train"
    case "dev", "valid", "validation", "val", "development": "dev"
    case "test", "eval", "tst", "testing": "test"
    default: nil
    }
  }
}
