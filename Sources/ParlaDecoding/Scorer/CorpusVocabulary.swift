import Foundation
import ParlaFiles
import ParlaLanguageModel

/// The words of a corpus with their numbers, and the corpus as the language model is to read it.
struct CorpusVocabulary {
  private(set) var counts: [String: Int] = [:]
  private(set) var wordCount = 0

  /// Reads `texts`, packed or not, and writes their lines to `output`: in lower case if asked, and in
  /// bytes mode as single characters with spaces between.
  init(
    texts: [String], lowercases: Bool, isBytes: Bool, output: String,
    progress: (ScorerBuilder.Progress) throws -> Void
  ) throws {
    try AtomicFile.write(to: output) { file in
      var piece = Data()
      for path in texts {
        var lines = try LineReader(path: path)
        while try lines.advance() {
          let text = String(decoding: lines.current, as: UTF8.self)
          let words = Self.words(of: lowercases ? text.lowercased() : text, isBytes: isBytes)
          for word in words { counts[word, default: 0] += 1 }
          wordCount += words.count
          piece.append(contentsOf: words.joined(separator: " ").utf8)
          piece.append(10)
          if piece.count >= 1 << 20 {
            try file.append(piece)
            piece.removeAll(keepingCapacity: true)
            try progress(.counting(wordCount: wordCount))
          }
        }
      }
      try file.append(piece)
    }
  }

  private static func words(of text: String, isBytes: Bool) -> [String] {
    isBytes
      ? text.unicodeScalars.filter { !$0.properties.isWhitespace }.map(String.init)
      : text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// The `limit` most frequent words, and of equally frequent ones the first by code points.
  func mostFrequent(_ limit: Int) -> [String] {
    let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return ranked.prefix(limit).map(\.key)
  }
}
