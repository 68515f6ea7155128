/// Sentences to read.
enum Prompts {
  /// The sentences of a text, or of a table of Common Voice's with a column "sentence"; empty lines are left out.
  ///
  /// A line is a sentence; a long one is a text, and divided where its sentences end.
  /// - Throws: `RequestFailure` for what cannot be a sentence, and for more than ``mostSentences``.
  static func sentences(in text: String) throws(RequestFailure) -> [String] {
    let found = Self.found(in: text)
    guard found.count <= mostSentences else {
      throw tooMany(found: "\(found.count) sentences", most: "\(mostSentences)")
    }
    var sentences: [String] = []
    for (line, sentence) in found {
      do { sentences.append(try SpokenLine.checked(sentence, field: "sentences")) } catch {
        throw .bad("Line \(line) of the sentences: \(error.message)", param: "sentences")
      }
    }
    return sentences
  }

  /// So many sentences a corpus takes, and so many bytes of them.
  static let mostSentences = 200_000
  static let mostBytes = 16 << 20

  /// Why there are more sentences than a corpus takes.
  static func tooMany(found: String, most: String) -> RequestFailure {
    RequestFailure(
      status: 413,
      message:
        "Found \(found), expected at most \(most). Keep the sentences that are to be recorded "
        + "next, and save the others when these are done: recordings stay.",
      type: "content_too_large", param: "sentences", headers: [("Connection", "close")])
  }

  /// The sentences, with the lines on which they stand.
  private static func found(in text: String) -> [(line: Int, sentence: String)] {
    // Editors of Windows begin a text with a byte order mark.
    let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
      .filter { !$0.element.isEmpty }.map { (line: $0.offset + 1, sentence: String($0.element)) }
    let header = lines.first?.sentence.split(separator: "\t", omittingEmptySubsequences: false).map
    {
      $0.lowercased()
    }
    if let header, header.count > 1, let column = header.firstIndex(of: "sentence") {
      return lines.dropFirst().compactMap { line, row in
        let cells = row.split(separator: "\t", omittingEmptySubsequences: false)
        return column < cells.count ? clean(line, unquoted(cells[column])) : nil
      }
    }
    return lines.flatMap { line, text in divided(text).compactMap { clean(line, $0) } }
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

  private static func clean(_ line: Int, _ text: String) -> (line: Int, sentence: String)? {
    let words = SpokenLine.words(of: text)
    return words.isEmpty ? nil : (line, words)
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
}
