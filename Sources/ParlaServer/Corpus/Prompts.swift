/// Sentences to read.
enum Prompts {
  /// The sentences of a text, or of a table of Common Voice's with a column "sentence"; empty lines are left out.
  ///
  /// A line is a sentence; a long one is a text, and divided where its sentences end.
  static func sentences(in text: String) -> [String] {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    let header = lines.first?.split(separator: "\t", omittingEmptySubsequences: false).map {
      $0.lowercased()
    }
    if let header, header.count > 1, let column = header.firstIndex(of: "sentence") {
      return lines.dropFirst().compactMap { line in
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
        return column < cells.count ? clean(unquoted(cells[column])) : nil
      }
    }
    return lines.flatMap(divided).compactMap(clean)
  }

  /// Lines up to this many letters are sentences as they are.
  private static let longestLine = 150

  private static func divided(_ line: String) -> [String] {
    guard line.count > longestLine else { return [line] }
    var sentences = [""]
    var mayEnd = false
    for character in line {
      if mayEnd, character.isWhitespace {
        sentences.append("")
      } else {
        sentences[sentences.count - 1].append(character)
      }
      // Quotes and brackets that close belong to the sentence before.
      mayEnd = ".!?…。！？".contains(character) || mayEnd && "\"'»”’)]".contains(character)
    }
    return sentences
  }

  private static func clean(_ line: String) -> String? {
    let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? nil : String(words.prefix(500))
  }

  /// A cell without the quotes that tables have around some.
  private static func unquoted(_ cell: Substring) -> String {
    guard cell.count >= 2, cell.hasPrefix("\""), cell.hasSuffix("\"") else { return String(cell) }
    return String(cell.dropFirst().dropLast()).replacing("\"\"", with: "\"")
  }

  /// A table of Common Voice's, with how often each sentence was recorded.
  static func table(of prompts: [String], clipCount: (String) -> Int) -> String {
    let rows = prompts.enumerated().map { index, prompt in
      let cell =
        prompt.contains("\"") ? "\"" + prompt.replacing("\"", with: "\"\"") + "\"" : prompt
      return "\(index + 1)\t\(cell)\t\t\t1\t\(clipCount(prompt))\n"
    }
    return "sentence_id\tsentence\tsentence_domain\tsource\tis_used\tclips_count\n" + rows.joined()
  }

  /// The same sentences in an order in which the first ones contain as many pairs of neighbouring letters as possible.
  static func spread(_ sentences: [String]) -> [String] {
    var rest = sentences.prefix(2000).map { (text: $0, pairs: pairs(of: $0)) }
    var seen: Set<String> = []
    var order: [String] = []
    while !rest.isEmpty {
      var best = 0
      var most = -1.0
      for (index, sentence) in rest.enumerated() {
        let new = Double(sentence.pairs.subtracting(seen).count) / Double(10 + sentence.text.count)
        if new > most { (best, most) = (index, new) }
      }
      let chosen = rest.remove(at: best)
      seen.formUnion(chosen.pairs)
      order.append(chosen.text)
    }
    return order + sentences.dropFirst(2000)
  }

  private static func pairs(of text: String) -> Set<String> {
    let letters = Array(" \(text.lowercased()) ")
    return Set(zip(letters, letters.dropFirst()).map { String([$0, $1]) })
  }
}
