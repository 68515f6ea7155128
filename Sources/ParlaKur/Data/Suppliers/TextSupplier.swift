import ParlaFiles

/// Texts of a JSON Lines file with each of their symbols as one of a vocabulary: `text`.
///
/// Settings: `path`; `vocabs`, a mapping from fields to lists of symbols; `seq_len`, one number or a mapping; `padding` (`left` or
/// `right`) and `pad_with`, mappings.
package struct TextSupplier: KurSupplier {
  package static let kind = "text"
  package static let settingOrder = ["path", "seq_len", "vocabs", "padding", "pad_with"]

  private struct Field {
    let name: String
    let rows: [[String]]
    let vocabulary: [String: Int]
    let length: Int
    let isLeft: Bool
    let padding: String?
  }

  private let fields: [Field]

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: ["path", "vocabs", "seq_len", "padding", "pad_with"])
    guard let path = try settings.file("path") else {
      throw settings.problem("path", "nothing", "the path of a JSON Lines file")
    }
    let lines = try JSONLines(path)
    fields = try lines.names.map { try Self.field($0, lines, settings, path) }
  }

  private static func field(
    _ name: String, _ lines: JSONLines, _ settings: KurSettings, _ path: String
  ) throws(KurError) -> Field {
    let lengths = settings["seq_len"]?.dictionary
    guard
      let length = lengths?[name]?.integer ?? (lengths == nil ? settings["seq_len"]?.integer : nil),
      length > 0
    else {
      throw settings.problem(
        "seq_len", settings["seq_len"]?.representation ?? "nothing",
        "a whole number, or one for each of \(lines.names.joined(separator: ", "))")
    }
    guard let symbols = settings["vocabs"]?.dictionary?[name]?.sequence else {
      throw settings.problem("vocabs", "nothing for \(name)", "a list of symbols")
    }
    let vocabulary = Dictionary(
      zip(symbols.map(\.text), 0...), uniquingKeysWith: { _, last in last })
    let side = settings["padding"]?.dictionary?[name]?.string ?? "right"
    guard ["left", "right"].contains(side) else {
      throw settings.problem("padding", side, "left or right")
    }
    var rows: [[String]] = []
    for value in lines.values(name) {
      let row = value.sequence?.map(\.text) ?? value.text.unicodeScalars.map { String($0) }
      if let unknown = row.first(where: { vocabulary[$0] == nil }) {
        throw .badFile(
          path: path, found: "\(unknown) in \(name)",
          expected: "symbols of its vocabulary in the Kurfile")
      }
      guard row.count <= length else {
        throw .badFile(
          path: path, found: "\(row.count) symbols in \(name)",
          expected: "seq_len, \(length), at most"
        )
      }
      rows.append(row)
    }
    let padding = settings["pad_with"]?.dictionary?[name]
    return Field(
      name: name, rows: rows, vocabulary: vocabulary, length: length, isLeft: side == "left",
      padding: padding.flatMap { if case .none = $0 { nil } else { $0.text } })
  }

  package var sourceNames: [String] {
    fields.flatMap { [$0.name, "raw_" + $0.name, $0.name + "_length"] }
  }

  package func vocabulary(of name: String) -> SpeechVocabulary? {
    fields.first { $0.name == name }.map { field in
      SpeechVocabulary(field.vocabulary.sorted { $0.value < $1.value }.map(\.key))
    }
  }

  package var count: Int { fields.first?.rows.count ?? 0 }

  package func shape(of source: String) throws -> [Int?] {
    for field in fields {
      switch source {
      case field.name: return [field.length, field.vocabulary.count]
      case "raw_" + field.name: return [nil]
      case field.name + "_length": return [1]
      default: continue
      }
    }
    return []
  }

  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    var columns: KurBatch = [:]
    for field in fields {
      let rows = indices.map { field.rows[$0] }
      columns["raw_" + field.name] = .texts(rows.map { $0.joined() })
      columns[field.name + "_length"] = .array(
        KurArray(
          shape: [rows.count, 1], values: rows.map { Double($0.count) }, isWhole: true))
      columns[field.name] = .array(Self.encoded(rows, field))
    }
    return (columns, Array(indices.indices))
  }

  /// [batch, seq_len, vocabulary], one for the symbol at each position.
  private static func encoded(_ rows: [[String]], _ field: Field) -> KurArray {
    let width = field.vocabulary.count
    var values = [Double](repeating: 0, count: rows.count * field.length * width)
    for (index, row) in rows.enumerated() {
      let rest = field.length - row.count
      let filling = field.padding.map { [String](repeating: $0, count: rest) } ?? []
      let symbols = field.isLeft ? filling + row : row + filling
      let start = field.isLeft ? field.length - symbols.count : 0
      for (place, symbol) in symbols.enumerated() {
        guard let number = field.vocabulary[symbol] else { continue }
        values[(index * field.length + start + place) * width + number] = 1
      }
    }
    return KurArray(shape: [rows.count, field.length, width], values: values, isWhole: true)
  }
}
