import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaSpelling
import ParlaTranscripts

/// The units of a corpus with their numbers, and the corpus as the language model is to read it.
struct CorpusVocabulary {
  /// How the lines of a corpus become units.
  struct Reading: Sendable {
    /// What the language model counts; nil for words of which no alphabet is known.
    let units: Scorer.Units?
    /// What turns lines to lower case, if they are to be.
    let lowerCase: LowerCase?
    /// Whether punctuation goes that the alphabet lacks.
    let stripsPunctuation: Bool
  }

  /// Words that were spelled otherwise, for a report.
  struct Respelling: Sendable, Equatable {
    var wordCount = 0
    /// A few of them, each with what it became.
    var examples: [String] = []
  }

  private(set) var counts: [String: Int] = [:]
  private(set) var wordCount = 0
  /// How many spaces between words were dropped since the alphabet has none.
  private(set) var spaceCount = 0
  /// Whether there was a line, be it an empty one.
  private(set) var hasLines = false
  private(set) var respelling = Respelling()

  private let reading: Reading
  private let spelling: TextSpelling?
  /// What came of words that were not left as they are.
  private var respelled: [String: [String]] = [:]

  /// Reads `texts`, packed or not, and writes their units to `output`, divided by spaces, with a line for each line.
  init(
    texts: [String], _ reading: Reading, output: String,
    progress: (ScorerBuilder.Progress) throws -> Void
  ) throws {
    self.reading = reading
    spelling = reading.units?.alphabet.map(TextSpelling.init)
    try AtomicFile.write(to: output) { file in
      var piece = Data()
      for path in texts {
        var lines = try LineReader(path: path)
        while try lines.advance() {
          hasLines = true
          let text = String(decoding: lines.current, as: UTF8.self)
          let units = units(of: reading.lowerCase?(text) ?? text)
          for unit in units { counts[unit, default: 0] += 1 }
          wordCount += units.count
          piece.append(contentsOf: units.joined(separator: " ").utf8)
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
    respelled = [:]
  }

  private mutating func units(of line: String) -> [String] {
    switch reading.units {
    case .bytes:
      line.unicodeScalars.filter { !$0.properties.isWhitespace }.map(String.init)
    case .characters(let alphabet): characters(of: line, alphabet)
    case .words, nil: words(of: line)
    }
  }

  private mutating func words(of line: String) -> [String] {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let spelling, reading.stripsPunctuation else { return words }
    return words.flatMap { word in
      // Most words were met before.
      if counts[word] != nil { return [word] }
      let spelled = respelled[word] ?? spelling.words(of: word)
      guard spelled != [word] else { return spelled }
      respelled[word] = spelled
      noteRespelling(of: word, as: spelled)
      return spelled
    }
  }

  private mutating func characters(of line: String, _ alphabet: Alphabet) -> [String] {
    if alphabet.spaceLabel == nil {
      spaceCount += max(0, line.split(whereSeparator: \.isWhitespace).count - 1)
    }
    var segments = alphabet.segments(of: line).map(\.text)
    if let spelling, reading.stripsPunctuation {
      let spelled = spelling.characters(of: line)
      respelling.wordCount += max(0, segments.count - spelled.count)
      segments = spelled
    }
    var units: [String] = []
    for segment in segments {
      let isSpace = segment == " "
      guard !isSpace || units.last != Scorer.Units.visibleSpace && !units.isEmpty else { continue }
      units.append(isSpace ? Scorer.Units.visibleSpace : segment)
    }
    if units.last == Scorer.Units.visibleSpace { units.removeLast() }
    return units
  }

  private mutating func noteRespelling(of word: String, as spelled: [String]) {
    respelling.wordCount += 1
    guard respelling.examples.count < 5, !spelled.isEmpty else { return }
    let example = "\(word) → \(spelled.joined(separator: " "))"
    if !respelling.examples.contains(example) { respelling.examples.append(example) }
  }

  /// The `limit` most frequent units, and of equally frequent ones the first by code points.
  func mostFrequent(_ limit: Int) -> [String] {
    let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return ranked.prefix(limit).map(\.key)
  }
}

extension Scorer.Units {
  /// The alphabet that units are spelled with; nil in bytes mode.
  var alphabet: Alphabet? {
    switch self {
    case .words(let alphabet), .characters(let alphabet): alphabet
    case .bytes: nil
    }
  }
}
