import Foundation
public import ParlaAudio
import ParlaFiles
public import ParlaTranscripts

/// Looks for problems that would stop a training, waste it, or falsify its results.
public struct CorpusCheck: Sendable {
  /// The manifests to check: usually train, dev and test.
  public let manifests: [Manifest]

  /// The allowed characters of transcripts; by default those that a training uses: the characters of all manifests.
  public let alphabet: Alphabet?

  /// Whether recordings are read to their end, as a training reads them, and not their headers only.
  public let readsSound: Bool

  /// From which the number of frames is reckoned.
  public let features: FeatureSettings

  /// The highest number of characters a second of recording that is not suspicious.
  private let fastestCharactersPerSecond = 25.0

  /// The fewest samples of a manifest to measure on that are not suspicious.
  private let fewestSamples = 10

  /// Makes a check of `manifests`.
  public init(
    manifests: [Manifest], alphabet: Alphabet? = nil,
    features: FeatureSettings = FeatureSettings(), readsSound: Bool = true
  ) {
    self.manifests = manifests
    self.readsSound = readsSound
    self.alphabet = alphabet
    self.features = features
  }

  /// Reads every recording and compares all samples; `progress` receives the number of recordings read.
  ///
  /// Only the length of a recording is kept, so memory does not depend on the amount of sound.
  public func run(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> CorpusCheckReport {
    let entries = manifests.indices.flatMap { index in
      manifests[index].samples.map { Entry(manifest: index, sample: $0) }
    }
    let recordings = inspect(entries, progress)
    let judge = SampleJudge(alphabet: alphabet)
    let spelling = CorpusSpelling(manifests, alphabet: alphabet)
    var findings: [CorpusFinding] = []
    for (entry, recording) in zip(entries, recordings) {
      findings += self.findings(on: recording, entry)
      findings += self.findings(onTranscriptOf: entry, recording, judge)
      findings += spelling.oddities(in: entry.sample.transcript, manifest: entry.manifest).map {
        finding($0.kind, entry, $0.message)
      }
    }
    findings += oddDurations(entries, recordings)
    findings += duplicateRecordings(entries) + sharedSentences(entries) + smallManifests
    let order = Dictionary(
      manifests.enumerated().map { ($0.element.path, $0.offset) }, uniquingKeysWith: { $1 })
    findings.sort { (order[$0.file] ?? 0, $0.line) < (order[$1.file] ?? 0, $1.line) }
    return CorpusCheckReport(
      manifests: manifests.indices.map { statistics(of: $0, entries, recordings) },
      findings: findings)
  }

  /// The samples that no training can use, as `run` finds them, without what is to be said of the others.
  package func unusableSamples(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [CorpusFinding] {
    let entries = manifests.indices.flatMap { index in
      manifests[index].samples.map { Entry(manifest: index, sample: $0) }
    }
    let judge = SampleJudge(alphabet: alphabet)
    return zip(entries, inspect(entries, progress)).flatMap { entry, recording in
      (findings(onTranscriptOf: entry, recording, judge) + findings(on: recording, entry)).filter {
        $0.severity == .error
      }
    }
  }

  // MARK: One sample

  private struct Entry: Sendable {
    let manifest: Int
    let sample: Sample
  }

  /// What is known of a recording, or what is wrong with it.
  private typealias Recording = Result<(seconds: Double, sampleRate: Int), AudioError>

  private func inspect(
    _ entries: [Entry], _ progress: (_ done: Int, _ total: Int) -> Void
  ) -> [Recording] {
    var recordings: [Recording] = []
    progress(0, entries.count)
    for start in stride(from: 0, to: entries.count, by: 512) {
      let batch = entries[start..<min(start + 512, entries.count)]
      recordings += concurrentMap(Array(batch)) { entry in
        Recording { () throws(AudioError) in try look(at: entry.sample.audioPath) }
      }
      progress(recordings.count, entries.count)
    }
    return recordings
  }

  private func look(
    at path: String
  ) throws(AudioError) -> (seconds: Double, sampleRate: Int) {
    guard readsSound else {
      let information = try AudioFile.information(path)
      return (information.duration, information.sampleRate)
    }
    // Piece by piece: a recording may be longer than the memory holds.
    var reader = try SoundReader(path, sampleRate: features.sampleRate)
    var count = 0
    while let piece = try reader.next() { count += piece.count }
    let rate = try AudioFile.information(path).sampleRate
    return (Double(count) / Double(features.sampleRate), rate)
  }

  private func findings(on recording: Recording, _ entry: Entry) -> [CorpusFinding] {
    switch recording {
    case .failure(.missing(let path)):
      return [finding(.missingFile, entry, "\(path): there is no such file")]
    case .failure(let error):
      return [finding(.unreadableFile, entry, error.description)]
    case .success(let (_, sampleRate)):
      let path = entry.sample.audioPath
      var findings: [CorpusFinding] = []
      if let stated = entry.sample.fileSize, let found = FileStamp(path: path)?.byteCount,
        stated != found
      {
        let message = "\(path): \(found) bytes, wav_filesize says \(stated)"
        findings.append(finding(.otherFileSize, entry, message))
      }
      if sampleRate < features.sampleRate {
        let message =
          "\(path): \(sampleRate) Hz, upsampled to \(features.sampleRate) Hz: nothing above \(formatted("%g", Double(sampleRate) / 2000)) kHz"
        findings.append(finding(.lowSampleRate, entry, message))
      }
      return findings
    }
  }

  private func findings(
    onTranscriptOf entry: Entry, _ recording: Recording, _ judge: SampleJudge
  ) -> [CorpusFinding] {
    let sample = entry.sample
    let labels: [Int]
    do { labels = try judge.labels(of: sample.transcript) } catch {
      return [finding(error, entry)]
    }
    guard case .success(let (seconds, _)) = recording else { return [] }
    if let fault = judge.fault(of: labels, frameCount: frameCount(seconds)) {
      return [finding(fault, entry)]
    }
    let speed = Double(sample.transcript.count) / seconds
    guard speed > fastestCharactersPerSecond else { return [] }
    return [
      finding(
        .tooFast, entry,
        "\(Int(speed.rounded())) characters a second in \"\(sample.transcript)\"")
    ]
  }

  /// What a training would say of the sample.
  private func finding(_ fault: SampleFault, _ entry: Entry) -> CorpusFinding {
    let path = entry.sample.audioPath
    return switch fault {
    case .emptyTranscript: finding(.emptyTranscript, entry, "\(path): no transcript")
    case .lineBreak: finding(.lineBreak, entry, "\(path): \(fault)")
    case .outsideAlphabet(let text, let characters):
      finding(
        .outsideAlphabet, entry,
        "\(characters.map(named).joined(separator: ", ")) in \"\(visible(text))\"")
    case .tooFewFrames(let found, _, let needed):
      finding(
        .tooFewFrames, entry, "\(path): \(found) frames, the transcript needs \(needed)")
    }
  }

  private func frameCount(_ seconds: Double) -> Int {
    let sampleCount = seconds * Double(features.sampleRate)
    return features.frameCount(sampleCount: Int(sampleCount.rounded()))
  }

  private func finding(
    _ kind: CorpusFinding.Kind, _ entry: Entry, _ message: String
  ) -> CorpusFinding {
    CorpusFinding(
      kind, file: manifests[entry.manifest].path, line: entry.sample.line, message: message)
  }
}

// MARK: - Samples compared

extension CorpusCheck {
  private func oddDurations(_ entries: [Entry], _ recordings: [Recording]) -> [CorpusFinding] {
    let read = zip(entries, recordings).filter { !$0.0.sample.transcript.isEmpty }
      .compactMap { entry, recording in
        (try? recording.get()).map { (entry: entry, seconds: $0.seconds) }
      }
    let readings = read.map { entry, seconds in
      OddDurations.Reading(
        speaker: entry.sample.speaker ?? "", characterCount: entry.sample.transcript.count,
        seconds: seconds)
    }
    return OddDurations.find(in: readings).map { index in
      let seconds = String(format: "%.1f", read[index].seconds)
      return finding(
        .oddDuration, read[index].entry,
        "\(seconds) seconds for \"\(read[index].entry.sample.transcript)\"")
    }
  }

  /// Recordings listed under the same path, or under several with the same bytes.
  private func duplicateRecordings(_ entries: [Entry]) -> [CorpusFinding] {
    DuplicateRecordings.find(in: entries.map(\.sample.audioPath)).map { index, first in
      let entry = entries[index]
      let kind: CorpusFinding.Kind =
        entry.manifest == entries[first].manifest ? .duplicateRecording : .sharedRecording
      return finding(kind, entry, "\(entry.sample.audioPath): also in \(place(entries[first]))")
    }
  }

  /// Manifests behind the first that are too small to measure on.
  private var smallManifests: [CorpusFinding] {
    manifests.dropFirst().filter { $0.samples.count < fewestSamples }.map { manifest in
      CorpusFinding(
        .fewSamples, file: manifest.path, line: 1,
        message: "\(counted(manifest.samples.count, "sample")), expected \(fewestSamples) or more")
    }
  }

  private func sharedSentences(_ entries: [Entry]) -> [CorpusFinding] {
    var first: [String: Entry] = [:]
    var findings: [CorpusFinding] = []
    for entry in entries where !entry.sample.transcript.isEmpty {
      guard let earlier = first[entry.sample.transcript] else {
        first[entry.sample.transcript] = entry
        continue
      }
      guard earlier.manifest != entry.manifest else { continue }
      findings.append(
        finding(
          .sharedSentence, entry, "\"\(entry.sample.transcript)\" also in \(place(earlier))"))
    }
    return findings
  }

  private func place(_ entry: Entry) -> String {
    "\(manifests[entry.manifest].path):\(entry.sample.line)"
  }

  private func statistics(
    of manifest: Int, _ entries: [Entry], _ recordings: [Recording]
  ) -> CorpusCheckReport.Statistics {
    let samples = manifests[manifest].samples
    let seconds = zip(entries, recordings).compactMap { entry, recording in
      entry.manifest == manifest ? (try? recording.get())?.seconds : nil
    }
    var characters: [String: Int] = [:]
    for sample in samples {
      for scalar in sample.transcript.unicodeScalars { characters[String(scalar), default: 0] += 1 }
    }
    return CorpusCheckReport.Statistics(
      file: manifests[manifest].path, clips: samples.count,
      hours: seconds.reduce(0, +).rounded() / 3600,
      shortestSeconds: seconds.min() ?? 0, longestSeconds: seconds.max() ?? 0,
      speakers: Set(samples.compactMap(\.speaker)).count,
      sentences: Set(samples.map(\.transcript)).count,
      words: Set(samples.flatMap { $0.transcript.split(separator: " ") }).count,
      characters: characters)
  }
}
