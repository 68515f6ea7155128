/// What an import kept, and what it skipped and why.
public struct ImportReport: Sendable, Equatable, Codable {
  /// Statistics of a corpus, a part or all.
  public struct Figures: Sendable, Equatable, Codable {
    /// The name of the corpus or part.
    public let name: String
    /// Recordings.
    public let clips: Int
    /// Length of all clips in hours.
    public let hours: Double
    /// Different transcripts.
    public let sentences: Int
    /// Different words.
    public let words: Int
    /// Different speakers, as far as they are known.
    public let speakers: Int
  }

  /// The number of recordings skipped for one reason.
  public struct LeftOut: Sendable, Equatable, Codable {
    /// The reason.
    public let reason: LeftOutReason
    /// How many they are.
    public let count: Int
    /// The first few: corpus, recording and text.
    public let examples: [String]
  }

  /// The columns that were taken of a table.
  ///
  /// They are named by their headings, or by their numbers, from 1, where the table has none.
  public struct TableColumns: Sendable, Equatable, Codable {
    /// The table's path in the source.
    public let table: String
    /// The column of the recordings.
    public let audio: String
    /// The column of the texts.
    public let text: String
    /// The column of the speakers; nil for none.
    public let speaker: String?
    /// The column of the sets; nil for none.
    public let set: String?
    /// The other columns.
    public let unused: [String]
  }

  /// The language, as in ISO 639-1; empty if unknown.
  public let language: String

  /// The statistics of each corpus.
  public let corpora: [Figures]

  /// The statistics of train, dev and test.
  public let parts: [Figures]

  /// The statistics of everything kept.
  public let total: Figures

  /// The characters of the transcripts, the space first.
  public let alphabet: [String]

  /// The skipped recordings, by reason.
  public let leftOut: [LeftOut]

  /// The folder or archive that was imported; nil for packages.
  public internal(set) var source: String?

  /// The tables whose columns were named or guessed; nil for none.
  public internal(set) var tables: [TableColumns]?

  /// Which of train, dev and test are empty since that was asked for; nil for none.
  public internal(set) var emptyByChoice: [String]?
}

// MARK: - Counting

/// A recording that is imported.
struct ImportedClip: Sendable, Equatable {
  let corpus: String
  let name: String
  let transcript: String
  let speaker: String
  let seconds: Double
}

extension ImportReport.Figures {
  init(_ name: String, of clips: some Collection<ImportedClip>) {
    self.name = name
    self.clips = clips.count
    var seconds = 0.0
    var sentences = StringPool()
    var words: Set<String> = []
    var speakers: Set<String> = []
    for clip in clips {
      seconds += clip.seconds
      sentences.insert(clip.transcript.composed)
      for word in clip.transcript.split(separator: " ") { words.insert(String(word)) }
      if !clip.speaker.isEmpty { speakers.insert(clip.speaker) }
    }
    // Rounded to a second: enough to compare, and it prints short.
    hours = seconds.rounded() / 3600
    self.sentences = sentences.count
    self.words = words.count
    self.speakers = speakers.count
  }

  /// The same figures under another name.
  func named(_ name: String) -> Self {
    .init(
      name: name, clips: clips, hours: hours, sentences: sentences, words: words,
      speakers: speakers)
  }
}

/// A sample that was skipped.
package struct LeftOutSample: Sendable, Equatable {
  /// The recording in its corpus, with the passage's times.
  package let name: String
  /// Why.
  package let reason: LeftOutReason
  /// What the reason does not say; empty if that is nothing.
  package let detail: String
  /// The sets of the corpus that contain it.
  package fileprivate(set) var sets: [String]
  /// What the corpus says is said in it.
  package let text: String
}

/// Collects skipped samples.
struct LeftOutTally {
  /// All skipped samples of a corpus from a folder or archives.
  private(set) var all: [LeftOutSample] = []
  private var counts: [LeftOutReason: Int] = [:]
  private var examples: [LeftOutReason: [String]] = [:]
  private let exampleLimit = 5

  /// What makes two skipped samples one: a corpus may list a sample once in each of its sets.
  private struct Key: Hashable {
    let name: String
    let reason: LeftOutReason
    let text: String
  }

  private var positions: [Key: Int] = [:]

  mutating func add(_ reason: LeftOutReason, _ example: String) {
    counts[reason, default: 0] += 1
    guard examples[reason, default: []].count < exampleLimit else { return }
    examples[reason, default: []].append(example)
  }

  mutating func add(_ reason: LeftOutReason, _ sample: ListedSample, detail: String = "") {
    let key = Key(name: sample.name, reason: reason, text: sample.text)
    if let position = positions[key] {
      let sets = all[position].sets
      all[position].sets = sets + sample.sets.filter { !sets.contains($0) }
      return
    }
    positions[key] = all.count
    all.append(
      LeftOutSample(
        name: sample.name, reason: reason, detail: detail, sets: sample.sets, text: sample.text))
    // What was found in a file names it already.
    let isNamed = !detail.isEmpty && detail.contains(sample.name)
    add(reason, isNamed ? detail : "\(sample.name): \(detail.isEmpty ? sample.text : detail)")
  }

  /// Most frequent reason first.
  var result: [ImportReport.LeftOut] {
    LeftOutReason.allCases.compactMap { reason in
      counts[reason].map {
        ImportReport.LeftOut(reason: reason, count: $0, examples: examples[reason] ?? [])
      }
    }
    .sorted { $0.count > $1.count }
  }
}
