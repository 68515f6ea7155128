public import ParlaTranscripts

/// How often words in each confidence range were really said: shows whether a confidence is a probability.
public struct ConfidenceTable: Sendable, Equatable {
  /// The words whose confidence is in a range.
  public struct Row: Sendable, Equatable {
    /// The confidences, the upper bound not included but for 1.
    public let range: Range<Double>
    /// The number of words.
    public let wordCount: Int
    /// Their mean confidence.
    public let meanConfidence: Double
    /// The share of them that were said.
    public let saidShare: Double
  }

  /// The rows that have words, from low confidence to high.
  public let rows: [Row]

  /// The number of words.
  public let wordCount: Int

  /// The mean distance between confidence and share of words said, over the words.
  ///
  /// The expected calibration error of Naeini, Cooper and Hauskrecht 2015.
  public let calibrationError: Double

  /// Sorts `words`, each with its confidence and whether it was said, into `rowCount` equal ranges.
  public init(_ words: [(confidence: Double, wasSaid: Bool)], rowCount: Int = 5) {
    precondition(rowCount >= 1, "there is at least one row")
    rows = (0..<rowCount).compactMap { row in
      let range = Double(row) / Double(rowCount)..<Double(row + 1) / Double(rowCount)
      let inside = words.filter {
        min(Int($0.confidence * Double(rowCount)), rowCount - 1) == row
      }
      guard !inside.isEmpty else { return nil }
      let count = Double(inside.count)
      return Row(
        range: range, wordCount: inside.count,
        meanConfidence: inside.reduce(0) { $0 + $1.confidence } / count,
        saidShare: Double(inside.count { $0.wasSaid }) / count)
    }
    wordCount = words.count
    let error = rows.reduce(0) {
      $0 + Double($1.wordCount) * abs($1.meanConfidence - $1.saidShare)
    }
    calibrationError = error / Double(max(1, words.count))
  }
}

extension BeamSearchDecoder {
  /// The evidence for each word recognised in `recordings`, and whether it was said; words are
  /// separated by the label of `alphabet`'s space.
  public func evidence(
    _ recordings: [LabelProbabilities], references: [String], alphabet: Alphabet
  ) -> [(evidence: WordEvidence, wasSaid: Bool)] {
    precondition(recordings.count == references.count, "a reference for each recording")
    return zip(recordings, references).flatMap { recording, reference in
      var search = begin(labelCount: recording.labelCount)
      search.step(recording)
      let recognised = search.transcripts(alphabet: alphabet, secondsPerFrame: 1)
      let words = recognised.first?.words.map(\.text) ?? []
      let said = WordAlignment.saidWords(
        of: words, reference: reference.split(separator: " ").map(String.init))
      return zip(search.evidence(space: alphabet.spaceLabel), said).map { ($0, $1) }
    }
  }
}

/// Which of the recognised words were said.
enum WordAlignment {
  /// For each word of `recognised`, whether it has a match in `reference`, by an alignment with the fewest edits
  /// (Wagner and Fischer 1974).
  static func saidWords(of recognised: [String], reference: [String]) -> [Bool] {
    let width = recognised.count + 1
    var distances = [Int](repeating: 0, count: (reference.count + 1) * width)
    for row in 0...reference.count {
      for column in 0...recognised.count {
        let place = row * width + column
        guard row > 0, column > 0 else {
          distances[place] = row + column
          continue
        }
        let same = reference[row - 1] == recognised[column - 1]
        distances[place] = min(
          distances[place - width - 1] + (same ? 0 : 1), distances[place - width] + 1,
          distances[place - 1] + 1)
      }
    }
    var said = [Bool](repeating: false, count: recognised.count)
    var (row, column) = (reference.count, recognised.count)
    while row > 0, column > 0 {
      let place = row * width + column
      let same = reference[row - 1] == recognised[column - 1]
      if distances[place] == distances[place - width - 1] + (same ? 0 : 1) {
        said[column - 1] = same
        (row, column) = (row - 1, column - 1)
      } else if distances[place] == distances[place - width] + 1 {
        row -= 1
      } else {
        column -= 1
      }
    }
    return said
  }
}
