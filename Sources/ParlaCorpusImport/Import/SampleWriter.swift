import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles

/// Converts recordings to what is trained on: 16 kHz, one channel, 16 bits, speech with a short margin, one loudness.
struct SampleWriter: Sendable {
  /// A recording that is to become a clip.
  struct Source: Sendable {
    let audioPath: String
    let transcript: String
    /// The clip's name in the folder.
    let clipName: String
  }

  /// What became of a recording.
  enum Outcome: Sendable, Equatable {
    case clip(Measurement)
    /// `detail` adds to the reason.
    case leftOut(LeftOutReason, detail: String? = nil)
  }

  typealias Measurement = ConversionRecord.Measurement

  /// How many recordings are converted between two looks at progress; at each, the record is saved.
  private static let batchSize = 256

  private let folder: String
  private let limits: ImportLimits

  /// Writes clips into `folder`.
  init(folder: String, limits: ImportLimits) {
    self.folder = folder
    self.limits = limits
  }

  /// What becomes of each of the `sources`; clips that are there already, made of the same files in the same way, stay.
  ///
  /// - Throws: `ImportError.file`, `.audio` when a clip cannot be written.
  func write(
    _ sources: [Source], progress: ImportProgress.Handler
  ) throws(ImportError) -> [Outcome] {
    try makeFolder(folder)
    var record = ConversionRecord.saved(in: folder)
    var outcomes: [Outcome] = []
    progress(.converting(done: 0, total: sources.count))
    for start in stride(from: 0, to: sources.count, by: Self.batchSize) {
      let batch = sources[start..<min(start + Self.batchSize, sources.count)]
      let known = record
      let results = concurrentMap(Array(batch)) { source in
        Result { () throws(ImportError) in
          try convert(source, known: known.measurements[source.clipName])
        }
      }
      for (source, result) in zip(batch, results) {
        let (outcome, measurement) = try result.get()
        outcomes.append(outcome)
        record.measurements[source.clipName] = measurement
      }
      if record != known { try record.save(in: folder) }
      progress(.converting(done: outcomes.count, total: sources.count))
    }
    return outcomes
  }

  /// Removes from `folder` the clips that are not in `names`: those of recordings that were left out later.
  static func removeClips(in folder: String, except names: Set<String>) throws(ImportError) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for file in files where file.hasSuffix(".wav") && !names.contains(file) {
      do { try FileManager.default.removeItem(atPath: "\(folder)/\(file)") } catch {
        throw .file(.unwritable(path: "\(folder)/\(file)", reason: systemReason(error)))
      }
    }
  }

  // MARK: One recording

  private typealias Measured = (Outcome, Measurement?)

  private func convert(
    _ source: Source, known: Measurement?
  ) throws(ImportError) -> Measured {
    guard let stamp = FileStamp(path: source.audioPath) else {
      return (.leftOut(.noRecording), nil)
    }
    let path = "\(folder)/\(source.clipName)"
    if let known, known.source == stamp {
      let outcome = judge(known, source)
      if case .leftOut = outcome { return (outcome, known) }
      if FileManager.default.fileExists(atPath: path) { return (outcome, known) }
    }
    let waveform: Waveform
    do { waveform = try AudioFile.read(source.audioPath) } catch {
      return (.leftOut(.unreadable, detail: error.description), nil)
    }
    guard let speech = SpeechBounds.find(in: waveform) else { return (.leftOut(.silent), nil) }
    let clip = try clip(of: waveform, speech: speech)
    let measurement = Measurement(
      source: stamp, seconds: clip.duration,
      speechSeconds: Double(speech.count) / Double(waveform.sampleRate))
    let outcome = judge(measurement, source)
    if case .clip = outcome {
      do { try AudioFile.write(clip, to: path) } catch { throw .audio(error) }
    }
    return (outcome, measurement)
  }

  private func judge(_ measurement: Measurement, _ source: Source) -> Outcome {
    let reason = limits.reasonToLeaveOut(
      characterCount: source.transcript.count, seconds: measurement.seconds,
      speechSeconds: measurement.speechSeconds)
    return reason.map { .leftOut($0) } ?? .clip(measurement)
  }

  /// The speech with a margin on both sides, as loud as all clips.
  private func clip(of waveform: Waveform, speech: Range<Int>) throws(ImportError) -> Waveform {
    let margin = Int(ClipSettings.standard.marginSeconds * Double(waveform.sampleRate))
    let start = max(0, speech.lowerBound - margin)
    let end = min(waveform.samples.count, speech.upperBound + margin)
    let part = Waveform(
      samples: Array(waveform.samples[start..<end]), sampleRate: waveform.sampleRate)
    var clip: Waveform
    do { clip = try part.resampled(to: ClipSettings.standard.sampleRate) } catch {
      throw .audio(error)
    }
    let peak = clip.samples.reduce(0) { max($0, abs($1)) }
    guard peak > 0 else { return clip }
    let gain = ClipSettings.standard.peak / peak
    for index in clip.samples.indices { clip.samples[index] *= gain }
    return clip
  }
}

/// How long and how fast a recording may be.
public struct ImportLimits: Sendable, Equatable {
  /// The longest clip, in seconds.
  public var longestSeconds = 40.0

  /// The allowed number of characters per second of speech.
  public var charactersPerSecond = 4.0...25.0

  /// Makes the limits that suit the corpora of ``ImporterList``.
  public init() {}

  func reasonToLeaveOut(
    characterCount: Int, seconds: Double, speechSeconds: Double
  ) -> LeftOutReason? {
    let rate = Double(characterCount) / max(speechSeconds, 0.01)
    if seconds > longestSeconds { return .tooLong }
    if rate < charactersPerSecond.lowerBound { return .tooSlow }
    return rate > charactersPerSecond.upperBound ? .tooFast : nil
  }
}
