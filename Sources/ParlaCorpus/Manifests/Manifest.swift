public import ParlaSpelling

/// The samples of a corpus: the rows of a CSV, or the content of another form of corpus.
///
/// Forms are Kaldi data folders, lhotse and NeMo manifests, Hugging Face's audio folders, tar shards, sample databases and Kur's JSON
/// lines, detected by content. A URL is downloaded, with its recordings (`WebMirror`). The path may be followed, in brackets, by a
/// selection of samples (`CorpusSelection`).
public struct Manifest: Sendable {
  /// The file or the folder, with the selection.
  public let path: String

  /// The samples, in the corpus's order.
  public let samples: [Sample]

  /// Whether it says what is said.
  package let hasTranscripts: Bool

  /// Why it has no transcripts, or not all; nil if it has.
  let unlabelled: CorpusError?

  /// Reads the corpus at `path`, its transcripts respelled by `normalizer`, if there is one.
  ///
  /// - Throws: `CorpusError`; `.badRows` when several rows are wrong.
  public init(path: String, normalizer: TranscriptNormalizer? = nil) throws(CorpusError) {
    try self.init(path: path, normalizer: normalizer, needsTranscripts: true)
  }

  /// Reads the corpus at `path`, which may lack transcripts unless it `needsTranscripts`.
  ///
  /// - Throws: as the other initialiser does.
  package init(
    path: String, normalizer: TranscriptNormalizer? = nil, needsTranscripts: Bool
  ) throws(CorpusError) {
    let selection = try CorpusSelection(path)
    let mirror = WebMirror()
    let place = try CorpusPlace(
      WebMirror.isAddress(selection.path) ? try mirror.list(selection.path) : selection.path)
    let content = try CorpusForms.form(of: place).read(place)
    if needsTranscripts, let problem = content.unlabelled { throw problem }
    let problems = content.problems + content.samples.compactMap { $0.problem(in: place.path) }
    if let problem = problems.first {
      throw problems.count == 1 ? problem : .badRows(path: place.path, problems)
    }
    guard !content.samples.isEmpty else { throw .noSamples(path: place.path) }
    self.path = path
    hasTranscripts = content.unlabelled == nil
    unlabelled = content.unlabelled
    let samples = try selection.chosen(content.samples, of: mirror)
    self.samples =
      normalizer.map { normalizer in
        samples.map { $0.with(transcript: normalizer.normalize($0.transcript)) }
      } ?? samples
  }

  /// The samples of a corpus that was put together otherwise.
  package init(path: String, samples: [Sample], hasTranscripts: Bool = true) {
    self.path = path
    self.samples = samples
    self.hasTranscripts = hasTranscripts
    unlabelled = nil
  }
}

extension Sample {
  /// What forms that can write any character, as JSON can, may not say.
  fileprivate func problem(in path: String) -> CorpusError? {
    audioPath.utf8.contains(0) || transcript.utf8.contains(0)
      ? .zeroByte(path: path, line: line) : nil
  }
}

extension Manifest {
  static let audioPathColumn = "wav_filename"
  static let fileSizeColumn = "wav_filesize"
  static let transcriptColumn = "transcript"
  static let speakerColumn = "speaker"
}
