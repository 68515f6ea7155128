import Foundation
import ParlaAudio
import ParlaFiles

/// Brings corpora of any forms into one of any form.
package struct CorpusConversion: Sendable {
  /// What becomes of recordings.
  package enum Audio: String, Sendable, CaseIterable {
    /// Unchanged: lists name the same files, and forms that contain recordings get a copy of their bytes.
    case keep
    case wav
    case flac
    /// Opus as in sample databases.
    case opus
  }

  /// The corpora.
  package var sources: [String]

  /// Where the result goes.
  package var target: String

  /// The name of its form; nil to use the target's extension.
  package var form: String?

  /// What becomes of recordings.
  package var audio: Audio?

  /// The rate of what is written in hertz; nil leaves it.
  package var sampleRate: Int?

  /// Bits a second of Opus; nil lets it choose.
  package var bitRate: Int?

  /// How recordings are changed.
  package var changes: SoundChanges

  /// The order of samples; nil for the usual one of the form.
  package var order: SampleOrder?

  /// Whether transcripts are written; nil for where there are any.
  package var labelled: Bool?

  /// Corpora whose recordings and sentences are excluded.
  package var without: [String] = []

  /// A list of changes to transcripts (`TranscriptCorrections`).
  package var corrections: String?

  /// Makes a conversion of `sources` to `target`.
  package init(_ sources: [String], to target: String, changes: SoundChanges = .none) {
    self.sources = sources
    self.target = target
    self.changes = changes
  }

  /// What came of a conversion.
  package struct Report: Sendable, Encodable {
    /// The name of the form.
    package let form: String
    /// How many samples were written.
    package let samples: Int
    /// How many were left out since their recording or sentence is in the corpora that were to be kept apart, or by the corrections.
    package let leftOut: Int
    /// Augmentations that change features, and cannot be baked into recordings.
    package let inaudible: [String]
    /// How many transcripts were corrected; nil without corrections.
    package let corrected: Int?
    /// Corrections that fit no sample: their list, line and recording.
    package let unusedCorrections: [String]?
  }

  /// Converts, and reports to `progress` how many samples are done.
  ///
  /// - Throws: `CorpusError`, `AudioError`; the target is then as it was before.
  package func run(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Report {
    let type = try form.map { try CorpusForms.named($0) } ?? Self.form(ofTarget: target)
    for source in sources {
      let path = try CorpusSelection(source).path
      if absolutePath(path) == absolutePath(target) { throw CorpusError.targetIsSource(path: path) }
    }
    let manifests = try sources.map { source throws(CorpusError) in
      try Manifest(path: source, needsTranscripts: labelled == true)
    }
    let haveSome = manifests.contains { $0.samples.contains { !$0.transcript.isEmpty } }
    if labelled == nil, haveSome {
      // Transcripts are written of all samples or of none, and none only where that is meant.
      for manifest in manifests {
        if let problem = manifest.unlabelled { throw CorpusError.partlyLabelled(problem) }
      }
    }
    var style = CorpusStyle()
    style.hasTranscripts = labelled ?? manifests.allSatisfy(\.hasTranscripts)
    let usual: SampleOrder = type == SampleDatabaseForm.self ? .length : .listed
    let all = try (order ?? usual).samples(of: manifests)
    let corrected = try corrections.map { try TranscriptCorrections(path: $0).applied(to: all) }
    let samples = try apart(corrected?.samples ?? all)
    guard !samples.isEmpty else {
      throw CorpusError.nothingApart(paths: sources, count: all.count)
    }
    let sound = RecordingMaker(
      form: try soundForm(of: type), sampleRate: sampleRate, bitRate: bitRate, changes: changes)
    if sound.form == .opus { style.soundType = "application/vnd.mozilla.opus" }
    let writer = try type.writer(target, style)
    let isNeeded = writer.holdsSound || sound.form != nil
    for start in stride(from: 0, to: samples.count, by: Self.batchSize) {
      let range = start..<min(start + Self.batchSize, samples.count)
      let contents = concurrentMap(Array(range)) { index -> Result<RecordingContent?, any Error> in
        Result { isNeeded ? try sound.content(of: samples[index], at: index) : nil }
      }
      for (index, content) in zip(range, contents) { try writer.add(samples[index], content.get()) }
      progress(range.upperBound, samples.count)
    }
    try writer.finish()
    return Report(
      form: type.name, samples: samples.count, leftOut: all.count - samples.count,
      inaudible: changes.inaudible, corrected: corrected?.count,
      unusedCorrections: corrected?.unused)
  }

  /// Recordings that are in memory at a time.
  private static let batchSize = 64

  /// The form that `target` has by its name.
  private static func form(ofTarget target: String) throws(CorpusError) -> any CorpusForm.Type {
    switch target.fileExtension.lowercased() {
    case "csv": return CSVForm.self
    case "sdb": return SampleDatabaseForm.self
    case "tar": return TarShardForm.self
    default:
      throw .namelessForm(path: target, known: CorpusForms.all.map { $0.name })
    }
  }

  /// As what recordings are written; nil where they stay as they are.
  private func soundForm(
    of type: any CorpusForm.Type
  ) throws(CorpusError) -> SoundContent.Form? {
    let isDatabase = type == SampleDatabaseForm.self
    switch audio {
    case .wav: return .wav
    case .flac:
      guard !isDatabase else {
        throw .badAudio(form: type.name, found: "flac", known: ["wav", "opus"])
      }
      return .flac
    case .opus:
      guard isDatabase else {
        throw .badAudio(form: type.name, found: "opus", known: ["keep", "wav", "flac"])
      }
      return .opus
    case .keep, nil:
      if isDatabase { return .wav }
      return !changes.isEmpty || sampleRate != nil ? .flac : nil
    }
  }

  /// `all` without what has a recording or a sentence in common with what is to be kept apart.
  private func apart(_ all: [Sample]) throws(CorpusError) -> [Sample] {
    var recordings: Set<String> = []
    var sentences: Set<String> = []
    for path in without {
      for sample in try Manifest(path: path, needsTranscripts: false).samples {
        recordings.insert(absolutePath(sample.audioPath))
        if !sample.transcript.isEmpty { sentences.insert(sample.transcript) }
      }
    }
    guard !recordings.isEmpty else { return all }
    return all.filter {
      !recordings.contains(absolutePath($0.audioPath)) && !sentences.contains($0.transcript)
    }
  }
}

/// Makes the bytes of recordings' files, changed as is asked.
struct RecordingMaker: Sendable {
  let form: SoundContent.Form?
  let sampleRate: Int?
  let bitRate: Int?
  let changes: SoundChanges

  /// The recording of `sample`, the `index`th, as it is or in another form.
  func content(of sample: Sample, at index: Int) throws -> RecordingContent {
    let address = SoundAddress(sample.audioPath)
    guard let form else {
      if !address.isPassage {
        return RecordingContent(
          bytes: try address.content(), fileExtension: address.formatName.fileExtension.lowercased()
        )
      }
      return try content(AudioFile.read(sample.audioPath), as: .flac)
    }
    let sound = try AudioFile.read(sample.audioPath, sampleRate: sampleRate)
    return try content(changes.made(to: sound, at: index), as: form)
  }

  private func content(
    _ sound: Waveform, as form: SoundContent.Form
  ) throws(AudioError) -> RecordingContent {
    let content = try SoundContent(sound, as: form, bitRate: bitRate)
    return RecordingContent(bytes: content.bytes, fileExtension: content.fileExtension)
  }
}
