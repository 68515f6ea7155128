/// The samples that are imported: which rows they are, and in which sets.
struct KeptSamples: Sendable, RandomAccessCollection {
  private struct Entry {
    let row: Int32
    var sets: Int32
  }

  private let rows: SampleRows
  private let outcomes: ClipOutcomes
  private let text: TextRules
  private var entries: [Entry] = []
  private var sets = NumberedValues<[String]>()

  /// Starts with none of the `rows`, whose clips became `outcomes` and whose transcripts are written by `text`.
  init(of rows: SampleRows, _ outcomes: ClipOutcomes, _ text: TextRules) {
    self.rows = rows
    self.outcomes = outcomes
    self.text = text
  }

  var startIndex: Int { 0 }
  var endIndex: Int { entries.count }

  subscript(_ position: Int) -> KeptSample {
    let entry = entries[position]
    let row = Int(entry.row)
    guard case .clip(let clip)? = outcomes[rows.request(row)] else {
      preconditionFailure("a sample without a clip")
    }
    return KeptSample(
      listed: rows.listed(row), transcript: text.written(rows.transcript(row)), clip: clip,
      sets: sets[entry.sets])
  }

  /// The sets of the sample at `position`.
  func sets(_ position: Int) -> [String] { sets[entries[position].sets] }

  /// Adds the row at `row`, in `sets`.
  mutating func append(row: Int, sets: [String]) {
    entries.append(Entry(row: Int32(row), sets: self.sets.number(of: sets)))
  }

  /// Brings the sample at `position` into `sets` instead of those in which it is.
  mutating func move(_ position: Int, to sets: [String]) {
    entries[position].sets = self.sets.number(of: sets)
  }

  /// The positions of the first sample of each clip.
  var firstOfClips: [Int32] {
    var isSeen = [Bool](repeating: false, count: rows.requests.count)
    return indices.compactMap { position in
      let request = rows.request(Int(entries[position].row))
      defer { isSeen[request] = true }
      return isSeen[request] ? nil : Int32(position)
    }
  }
}
