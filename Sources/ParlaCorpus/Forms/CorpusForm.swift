import ParlaFiles

/// A form in which people keep corpora on disk.
///
/// What reads a CSV reads them all: a form costs one file, and one entry in ``CorpusForms``.
protocol CorpusForm: Sendable {
  /// The name by which people ask for the form.
  static var name: String { get }

  /// What it is, in a line.
  static var summary: String { get }

  /// Whether the file or folder at `place` has this form.
  static func recognizes(_ place: CorpusPlace) -> Bool

  /// The samples that `place` has, and what is wrong with others.
  ///
  /// - Throws: `CorpusError`, when it cannot be read at all.
  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent

  /// Something that writes a corpus of this form to `path`, sample by sample.
  ///
  /// - Throws: `CorpusError`, when nothing can be written there.
  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter
}

/// Every form of a corpus.
package enum CorpusForms {
  /// All of them; those with the most specific signs come first, and CSV last.
  static let all: [any CorpusForm.Type] = [
    SampleDatabaseForm.self, KaldiForm.self, LhotseForm.self, TarShardForm.self, NeMoForm.self,
    AudioFolderForm.self, KurForm.self, CSVForm.self,
  ]

  /// The names of all forms with what they are.
  package static var summaries: [(name: String, summary: String)] {
    all.map { ($0.name, $0.summary) }
  }

  /// The form of the file or folder at `place`.
  ///
  /// - Throws: `CorpusError.noForm` for a folder that has none, `.columnar`.
  static func form(of place: CorpusPlace) throws(CorpusError) -> any CorpusForm.Type {
    let form = all.first { $0.recognizes(place) }
    // Every file that is nothing else may be a table.
    if let form, place.isFolder || !ColumnarFile.isOne(place) { return form }
    guard !ColumnarFile.isOne(place) else { throw .columnar(path: place.path) }
    guard !place.isFolder else { throw .noForm(folder: place.path, names: place.names) }
    return CSVForm.self
  }

  /// The form called `name`.
  ///
  /// - Throws: `CorpusError.unknownForm`.
  static func named(_ name: String) throws(CorpusError) -> any CorpusForm.Type {
    if let form = all.first(where: { $0.name == name.lowercased() }) { return form }
    throw .unknownForm(name: name, known: all.map { $0.name })
  }
}

/// The file or folder at a path, as far as forms need it to identify themselves.
struct CorpusPlace {
  /// Where it is.
  let path: String

  /// Whether it is a folder.
  let isFolder: Bool

  /// The names of the folder's entries, sorted, without hidden ones.
  let names: [String]

  /// The first bytes of the file, unpacked.
  let head: [UInt8]

  /// Whether the file is compressed.
  let isPacked: Bool

  /// Looks at `path`; of a pattern of shards, at the first.
  ///
  /// - Throws: `CorpusError.file`, when there is nothing.
  init(_ path: String) throws(CorpusError) {
    self.path = path
    let seen = TarShardForm.expanded(path).first ?? path
    do throws(FileError) {
      let look = try PathLook(seen)
      isFolder = look.isFolder
      names = look.names
      head = look.head
      isPacked = look.isPacked
    } catch { throw .file(error) }
  }

  /// The file called `name` in the folder; nil if there is none.
  func file(_ name: String) -> String? {
    names.contains(name) ? path.appendingName(name) : nil
  }

  /// The first line of the file as JSON's keys; empty where it is none.
  var firstKeys: Set<String> {
    guard head.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return [] }
    return JSONLines.keys(ofLine: head.prefix { $0 != UInt8(ascii: "\n") })
  }
}

/// What a corpus in some form holds.
struct CorpusContent {
  /// The samples, in the corpus's order.
  var samples: [Sample] = []

  /// What is wrong with others.
  var problems: [CorpusError] = []

  /// What is said where transcripts are needed and there are none; nil where there are.
  var unlabelled: CorpusError?

  /// Adds the samples of another part of the corpus.
  mutating func add(_ other: CorpusContent) {
    samples += other.samples
    problems += other.problems
    unlabelled = unlabelled ?? other.unlabelled
  }
}

/// How a corpus is written.
package struct CorpusStyle: Sendable {
  /// Whether transcripts are written.
  package var hasTranscripts = true

  /// The programs' own words for what the recordings in a sample database are.
  package var soundType = "audio/wav"

  /// Makes the usual style.
  package init() {}
}

/// Writes a corpus sample by sample; nothing of it is there, or all, when it ends.
protocol CorpusWriter: AnyObject {
  /// Whether recordings are kept inside, so that their content is needed.
  var holdsSound: Bool { get }

  /// Adds a sample, whose recording has `content`, or stays where it is.
  func add(_ sample: Sample, _ content: RecordingContent?) throws(CorpusError)

  /// Completes the corpus.
  func finish() throws(CorpusError)
}

/// The bytes of a recording's file, and how its name ends.
package struct RecordingContent: Sendable {
  package let bytes: [UInt8]
  package let fileExtension: String
}
