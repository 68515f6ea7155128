/// A passage of a recording.
struct Segment: Sendable, Hashable {
  /// In seconds from the recording's start.
  let start: Double
  let end: Double
  /// Which channel is used, from 0; nil for all.
  var channel: Int?

  /// Whether there may be such a passage; what damaged tables have as times may be no number.
  var isPossible: Bool { abs(start) <= Self.latest && abs(end) <= Self.latest }

  /// Eleven days.
  private static let latest = 1e6
}

/// What a corpus says of one sample.
///
/// Copies share their content.
struct ListedSample: Sendable {
  private struct Content: Sendable {
    var audio: [String]
    var text: String
    var speaker: String?
    var sets: [String]
    /// What few corpora have; nil for none of it.
    var rest: Rest?
  }

  final class Rest: Sendable {
    let segment: Segment?
    let flaw: LeftOutReason?
    let columns: [String: String]

    /// Nil where there is nothing to hold.
    init?(_ segment: Segment?, _ flaw: LeftOutReason?, _ columns: [String: String] = [:]) {
      guard segment != nil || flaw != nil || !columns.isEmpty else { return nil }
      (self.segment, self.flaw, self.columns) = (segment, flaw, columns)
    }
  }

  private final class Box: Sendable {
    let content: Content
    init(_ content: Content) { self.content = content }
  }

  private var box: Box

  /// The recording's path in the tree; several are joined in this order.
  var audio: [String] {
    get { box.content.audio }
    set { change { $0.audio = newValue } }
  }

  /// What the corpus says is said in it; empty if it says nothing.
  var text: String { box.content.text }

  /// Who speaks, if the corpus says so.
  var speaker: String? { box.content.speaker }

  /// The sets to which the corpus counts it, `train`, `dev` and `test` among them; none if it does not divide its samples.
  var sets: [String] {
    get { box.content.sets }
    set { change { $0.sets = newValue } }
  }

  /// The selected passage; nil for all.
  var segment: Segment? { box.content.rest?.segment }

  /// Why it must be skipped, according to the corpus itself.
  var flaw: LeftOutReason? {
    get { box.content.rest?.flaw }
    set {
      let rest = Rest(segment, newValue, columns)
      change { $0.rest = rest }
    }
  }

  /// What few corpora have: the passage, the flaw and the columns; nil for none of it.
  var rest: Rest? { box.content.rest }

  /// What else is known, by column.
  var columns: [String: String] {
    get { box.content.rest?.columns ?? [:] }
    set {
      let rest = Rest(segment, flaw, newValue)
      change { $0.rest = rest }
    }
  }

  init(
    _ audio: String, text: String, speaker: String? = nil, sets: [String] = [],
    segment: Segment? = nil, flaw: LeftOutReason? = nil
  ) {
    let flaw = flaw ?? (segment?.isPossible == false ? .noTimes : nil)
    box = Box(
      Content(
        audio: [audio], text: text, speaker: speaker, sets: sets, rest: Rest(segment, flaw)))
  }

  init(_ audio: [String], text: String, speaker: String?, sets: [String], rest: Rest?) {
    box = Box(Content(audio: audio, text: text, speaker: speaker, sets: sets, rest: rest))
  }

  private mutating func change(_ body: (inout Content) -> Void) {
    var content = box.content
    body(&content)
    box = Box(content)
  }

  /// How the sample is named in lists.
  var name: String {
    guard let segment else { return audio.first ?? "" }
    return "\(audio.first ?? "") \(segment.start)-\(segment.end)"
  }
}

/// A sample that is imported.
struct KeptSample: Sendable {
  let listed: ListedSample
  let transcript: String
  let clip: Clip
  /// The sets in which it is.
  var sets: [String]
}

/// What an importer finds in a source.
struct SourceListing: Sendable {
  var samples: [ListedSample] = []
  /// The tables whose columns were named or guessed.
  var tables: [ImportReport.TableColumns] = []
}

/// The options of an importer.
struct ListingRequest: Sendable {
  var language: String?
  /// Whether all is to be as DeepSpeech's or Coqui's importer has it.
  var asOriginal = false
  /// Names of columns by what they hold: `audio`, `text`, `speaker`, `set`.
  var columns: [String: String] = [:]
  var encoding: TextEncoding?
  var separator: TableReader.Separator?
  /// The longest passage, in seconds, for corpora whose sentences can be cut.
  var longestSeconds = Double.infinity
  var excludesUnknownSpeakers = false
  var excludesUnknownArticles = false
}

/// Knows the layout of a corpus on a disk or in its archives.
///
/// An importer lists samples; texts, lengths, clips, sets and the report are the same for all corpora and are done by
/// ``SourceImport``.
protocol SourceImporter: CorpusImporter {
  /// What must be there, in words, for messages.
  var layout: String { get }

  /// What DeepSpeech's or Coqui's importer of the corpus leaves out.
  var rules: ImportRules { get }

  /// The rules of DeepSpeech's or Coqui's importer, where those for all languages differ.
  var originalRules: ImportRules { get }

  /// Whether `tree` looks like the corpus.
  func recognizes(_ tree: SourceTree) -> Bool

  /// The samples of `tree`, in the corpus's order.
  ///
  /// - Throws: `ImportError`, when the corpus cannot be read.
  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample]

  /// The samples of `tree`, and the tables from which they come if their columns were named or guessed.
  ///
  /// - Throws: `ImportError`, when the corpus cannot be read.
  func listing(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> SourceListing

  /// Hands over the samples of `tree` one after the other, so that there is never a list of all; says from which tables they come
  /// if their columns were named or guessed.
  ///
  /// - Throws: `ImportError`, when the corpus cannot be read, or what `take` throws.
  func eachSample(
    in tree: SourceTree, _ request: ListingRequest,
    _ take: (ListedSample) throws(ImportError) -> Void
  ) throws(ImportError) -> [ImportReport.TableColumns]

  /// The parts of samples that the corpus does not divide, as the original importer divides them; nil if it does not.
  func originalParts(of samples: KeptSamples) -> [String]?

  /// Sets that follow from others, such as Common Voice's `train-all`: indices of samples by the set's name.
  func derivedSets(of samples: KeptSamples) -> [String: [Int]]
}

extension SourceImporter {
  var originalRules: ImportRules { rules }
  func listing(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> SourceListing {
    SourceListing(samples: try samples(in: tree, request))
  }
  func eachSample(
    in tree: SourceTree, _ request: ListingRequest,
    _ take: (ListedSample) throws(ImportError) -> Void
  ) throws(ImportError) -> [ImportReport.TableColumns] {
    let listing = try listing(in: tree, request)
    for sample in listing.samples { try take(sample) }
    return listing.tables
  }
  func originalParts(of samples: KeptSamples) -> [String]? { nil }
  func derivedSets(of samples: KeptSamples) -> [String: [Int]] { [:] }
}

/// An importer that has `eachSample` of its own, so that it never makes a list of all samples unless it is asked for one.
protocol StreamedImporter: SourceImporter {}

extension StreamedImporter {
  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    _ = try eachSample(in: tree, request) { samples.append($0) }
    return samples
  }
}

/// How several of the originals divide: of ten in the corpus's order the first is test, the second dev.
func tenths(_ count: Int) -> [String] {
  (0..<count).map { $0 % 10 == 0 ? "test" : $0 % 10 == 1 ? "dev" : "train" }
}
