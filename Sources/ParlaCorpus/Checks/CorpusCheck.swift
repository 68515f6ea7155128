import Foundation
public import ParlaAudio
public import ParlaTranscripts

/// Looks for what would stop a training, waste it, or make its figures false.
public struct CorpusCheck: Sendable {
  /// What is checked: usually train, dev and test.
  public let manifests: [Manifest]

  /// What transcripts may hold; by default the characters of the first manifest, since a model learns those of train.
  public let alphabet: Alphabet?

  /// From which the number of frames is reckoned.
  public let features: FeatureSettings

  /// The highest number of characters a second of recording that is not suspicious.
  private let fastestCharactersPerSecond = 25.0

  /// Makes a check of `manifests`.
  public init(
    manifests: [Manifest], alphabet: Alphabet? = nil, features: FeatureSettings = FeatureSettings()
  ) {
    self.manifests = manifests
    self.alphabet = alphabet
    self.features = features
  }

  /// Reads the header of every recording and compares all samples; `progress` is told how many recordings are read.
  public func run(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> CorpusCheckReport {
    let entries = manifests.indices.flatMap { index in
      manifests[index].samples.map { Entry(manifest: index, sample: $0) }
    }
    let recordings = inspect(entries, progress)
    let alphabet = alphabet ?? characters(of: manifests.first?.samples ?? [])
    var findings: [CorpusFinding] = []
    for (entry, recording) in zip(entries, recordings) {
      findings += self.findings(on: recording, entry)
      findings += self.findings(onTranscriptOf: entry, recording, alphabet)
    }
    findings += oddDurations(entries, recordings)
    findings += duplicateRecordings(entries) + sharedSentences(entries)
    let order = Dictionary(
      manifests.enumerated().map { ($0.element.path, $0.offset) }, uniquingKeysWith: { $1 })
    findings.sort { (order[$0.file] ?? 0, $0.line) < (order[$1.file] ?? 0, $1.line) }
    return CorpusCheckReport(
      manifests: manifests.indices.map { statistics(of: $0, entries, recordings) },
      findings: findings)
  }

  // MARK: One sample

  private struct Entry: Sendable {
    let manifest: Int
    let sample: Sample
  }

  /// What is in a file, or what is wrong with it.
  private typealias Recording = Result<AudioFile.Information, AudioError>

  private func inspect(
    _ entries: [Entry], _ progress: (_ done: Int, _ total: Int) -> Void
  ) -> [Recording] {
    var recordings: [Recording] = []
    progress(0, entries.count)
    for start in stride(from: 0, to: entries.count, by: 512) {
      let batch = entries[start..<min(start + 512, entries.count)]
      recordings += concurrentMap(Array(batch)) { entry in
        Recording { () throws(AudioError) in try AudioFile.information(entry.sample.audioPath) }
      }
      progress(recordings.count, entries.count)
    }
    return recordings
  }

  private func findings(on recording: Recording, _ entry: Entry) -> [CorpusFinding] {
    switch recording {
    case .failure(.missing(let path)):
      return [finding(.missingFile, entry, "\(path): there is no such file")]
    case .failure(let error):
      return [finding(.unreadableFile, entry, error.description)]
    case .success:
      guard let stated = entry.sample.fileSize,
        let found = FileStamp(path: entry.sample.audioPath)?.byteCount, stated != found
      else { return [] }
      return [
        finding(
          .otherFileSize, entry,
          "\(entry.sample.audioPath): \(found) bytes, wav_filesize says \(stated)")
      ]
    }
  }

  private func findings(
    onTranscriptOf entry: Entry, _ recording: Recording, _ alphabet: Alphabet?
  ) -> [CorpusFinding] {
    let transcript = entry.sample.transcript
    guard !transcript.allSatisfy(\.isWhitespace) else {
      return [finding(.emptyTranscript, entry, "\(entry.sample.audioPath): no transcript")]
    }
    var findings: [CorpusFinding] = []
    if let unknown = alphabet?.unknownCharacters(in: transcript), !unknown.isEmpty {
      let list = unknown.map { "'\($0)'" }.joined(separator: " ")
      findings.append(finding(.outsideAlphabet, entry, "\(list) in \"\(transcript)\""))
    }
    guard case .success(let information) = recording else { return findings }
    let characters = transcript.unicodeScalars.map { Int($0.value) }
    let labels = (try? alphabet?.encode(transcript)) ?? characters
    let needed = labels.count + zip(labels, labels.dropFirst()).count { $0 == $1 }
    let frames = frameCount(information)
    let speed = Double(transcript.count) / information.duration
    if frames < needed {
      findings.append(
        finding(
          .tooFewFrames, entry,
          "\(entry.sample.audioPath): \(frames) frames, the transcript needs \(needed)"))
    } else if speed > fastestCharactersPerSecond {
      findings.append(
        finding(
          .tooFast, entry,
          "\(Int(speed.rounded())) characters a second in \"\(transcript)\""))
    }
    return findings
  }

  private func frameCount(_ information: AudioFile.Information) -> Int {
    let sampleCount = information.duration * Double(features.sampleRate)
    return features.frameCount(sampleCount: Int(sampleCount.rounded()))
  }

  private func characters(of samples: [Sample]) -> Alphabet? {
    try? Alphabet.covering(samples.lazy.map(\.transcript))
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
    var readings: [String?: [(entry: Entry, reading: OddDurations.Reading)]] = [:]
    for (entry, recording) in zip(entries, recordings) {
      guard case .success(let information) = recording, !entry.sample.transcript.isEmpty else {
        continue
      }
      let reading = OddDurations.Reading(
        characterCount: entry.sample.transcript.count, seconds: information.duration)
      readings[entry.sample.speaker, default: []].append((entry, reading))
    }
    return readings.values.flatMap { own in
      OddDurations.find(in: own.map(\.reading)).map { index in
        let seconds = String(format: "%.1f", own[index].reading.seconds)
        return finding(
          .oddDuration, own[index].entry,
          "\(seconds) seconds for \"\(own[index].entry.sample.transcript)\"")
      }
    }
  }

  /// Recordings that stand under one path, or under several with the same bytes.
  private func duplicateRecordings(_ entries: [Entry]) -> [CorpusFinding] {
    DuplicateRecordings.find(in: entries.map(\.sample.audioPath)).map { index, first in
      let entry = entries[index]
      let kind: CorpusFinding.Kind =
        entry.manifest == entries[first].manifest ? .duplicateRecording : .sharedRecording
      return finding(kind, entry, "\(entry.sample.audioPath): also in \(place(entries[first]))")
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
      entry.manifest == manifest ? (try? recording.get())?.duration : nil
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
