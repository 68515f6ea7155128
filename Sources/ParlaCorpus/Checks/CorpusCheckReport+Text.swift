public import Foundation
import ParlaFiles
import ParlaTranscripts

extension CorpusCheckReport {
  /// The report as a person reads it, with the first few findings of each kind.
  public func text(examplesOfEachKind exampleLimit: Int = 5) -> String {
    var lines = manifests.map { line(for: $0) }
    lines.append(characterLine)
    for kind in CorpusFinding.Kind.allCases {
      let found = findings.filter { $0.kind == kind }
      guard !found.isEmpty else { continue }
      lines += ["", "\(kind.severity.rawValue): \(kind): \(found.count)"]
      lines += found.prefix(exampleLimit).map { "  \($0.file):\($0.line): \($0.message)" }
      if found.count > exampleLimit { lines.append("  and \(found.count - exampleLimit) more") }
    }
    lines += ["", "\(counted(errorCount, "error")), \(counted(warningCount, "warning"))"]
    return lines.joined(separator: "\n") + "\n"
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

  private func line(for statistics: Statistics) -> String {
    let hours = String(format: "%.2f", statistics.hours)
    let shortest = String(format: "%.1f", statistics.shortestSeconds)
    let longest = String(format: "%.1f", statistics.longestSeconds)
    return "\(statistics.file): \(counted(statistics.clips, "clip")), \(hours) hours, "
      + "\(shortest) to \(longest) seconds each, \(counted(statistics.sentences, "different sentence")), "
      + "\(counted(statistics.words, "different word"))"
      + (statistics.speakers > 0 ? ", \(counted(statistics.speakers, "speaker"))" : "")
  }

  /// All characters with their counts, so that a stray one catches the eye: the rarest last.
  private var characterLine: String {
    var counts: [String: Int] = [:]
    for manifest in manifests { counts.merge(manifest.characters, uniquingKeysWith: +) }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return "characters: "
      + sorted.map { "\(named($0.key)) \($0.value)" }.joined(separator: ", ")
  }

  /// Letters as they are; digits and punctuation in quotes, so that they are not taken for counts and separators.
  private func named(_ character: String) -> String {
    if character == " " { return "space" }
    return character.first?.isLetter == true ? visible(character) : "\"\(visible(character))\""
  }
}
