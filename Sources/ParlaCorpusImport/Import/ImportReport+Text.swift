public import Foundation
import ParlaFiles

extension ImportReport {
  /// The report as a person reads it.
  public var text: String {
    var rows: [(name: String, figures: Figures)] = corpora.map { ("from \($0.name)", $0) }
    rows += (parts + [total]).map { ($0.name, $0) }
    let width = max(16, (rows.map(\.name.count).max() ?? 0) + 1)
    let titles = ["clips", "hours", "sentences", "vocabulary", "speakers"]
    var lines = [Self.row("", titles, width: width)]
    lines += rows.map { Self.row($0.name, Self.columns(of: $0.figures), width: width) }
    lines += ["", "alphabet: \(counted(alphabet.count, "character")) \"\(alphabet.joined())\""]
    lines += columnLines
    guard !leftOut.isEmpty else { return lines.joined(separator: "\n") + "\n" }
    lines += ["left out: \(leftOut.reduce(0) { $0 + $1.count })"]
    for entry in leftOut {
      lines.append("\(padded(String(entry.count), 7)) × \(entry.reason)")
      lines += entry.examples.prefix(2).map {
        "           \(entry.reason == .unreadable ? $0 : shortened($0))"
      }
      if entry.reason == .mustBeConverted, let advice = entry.reason.advice {
        lines.append("           \(advice)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A line for each way in which the columns of tables were taken; of very many the first.
  private var columnLines: [String] {
    var seen: Set<String> = []
    let ways = (tables ?? []).map { (table: $0.table, way: $0.summary) }
      .filter { seen.insert($0.way).inserted }
    guard ways.count > 1 else { return ways.map { "columns: \($0.way)" } }
    return ways.prefix(5).map { "columns of \($0.table): \($0.way)" }
  }

  /// What stops the next command, in a sentence.
  public var warnings: [String] {
    let empty = parts.filter { $0.clips == 0 && !(emptyByChoice ?? []).contains($0.name) }
      .map { "\($0.name).csv" }
    guard !empty.isEmpty else { return [] }
    return [
      "Warning: no samples are left for \(empty.joined(separator: " and ")): \(empty.count == 1 ? "it has" : "they have") a header only, "
        + "which other commands refuse. Import more recordings, "
        + (source == nil ? "" : "divide all again with --split speaker or --split sentence, ")
        + "or do without: parla train needs no --dev-files."
    ]
  }

  /// The report as programs read it.
  ///
  /// - Throws: `EncodingError` when a figure is not a number.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Writes the report into `folder` together with `files`, all or none of them.
  ///
  /// - Throws: `ImportError.file`.
  func write(to folder: String, with files: [AtomicFile.Part]) throws(ImportError) {
    let path = folder + "/import-report.json"
    do {
      let content = try json()
      try AtomicFile.write(together: files + [.init(path, content: content)])
    } catch let error as FileError {
      throw .file(error)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }

  private static func columns(of figures: Figures) -> [String] {
    [
      String(figures.clips), String(format: "%.2f", figures.hours), String(figures.sentences),
      String(figures.words), figures.speakers == 0 ? "unknown" : String(figures.speakers),
    ]
  }

  private static func row(_ name: String, _ columns: [String], width: Int) -> String {
    name.padding(toLength: width, withPad: " ", startingAt: 0)
      + columns.map { padded($0, 12) }.joined()
  }
}

extension ImportReport.TableColumns {
  /// The columns as a person reads them.
  fileprivate var summary: String {
    "audio = \(audio), text = \(text), speaker = \(speaker ?? "none")"
      + (set.map { ", set = \($0)" } ?? "")
      + (unused.isEmpty ? "" : "; not used: \(unused.joined(separator: ", "))")
  }
}

private func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

private func shortened(_ text: String) -> String {
  text.count > 84 ? text.prefix(83) + "…" : text
}
