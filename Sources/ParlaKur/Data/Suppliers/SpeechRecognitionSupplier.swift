package import ParlaAudio
import ParlaFiles
import Synchronization

/// Recordings with their transcripts: `speech_recognition`.
package struct SpeechRecognitionSupplier: KurSupplier {
  package static let kind = "speech_recognition"
  package static let settingOrder = ["url", "path", "checksum", "unpack"]

  private static let settingNames =
    SpeechPackage.settingNames + [
      "type", "normalization", "max_frequency", "vocab", "unknown", "samples", "fill", "key",
      "bucket", "data_cpus",
    ]

  let recordings: [SpeechEntry]
  private let transcripts: [Transcripts]
  private let fill: Fill
  private let frames: SpeechFrames

  /// One text of each recording, in numbers.
  private struct Transcripts {
    let prefix: String
    let vocabulary: SpeechVocabulary
    let numbers: [[Int]]
  }

  /// How utterances become as long as the longest.
  private struct Fill {
    var isLoop = false
    /// Lengths are multiples of this, in frames.
    var bucket: Int?
  }

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: Self.settingNames)
    let keys = try Self.keys(settings)
    _ = try SpeechFrames.isNormalizationKnown(settings, services)
    let entries = try Self.entries(settings, keys, services)
    transcripts = try keys.enumerated().map { index, key in
      let texts = try Self.texts(entries, key: key, settings)
      let vocabulary = try SpeechVocabulary(settings, key: key, index: index, texts: texts)
      return Transcripts(
        prefix: keys.count == 1 ? "" : key + "_", vocabulary: vocabulary,
        numbers: texts.map(vocabulary.numbers(of:)))
    }
    recordings = entries
    fill = try Self.fill(settings)
    frames = try SpeechFrames(settings, paths: entries.map(\.path), services)
  }

  /// The recordings that are wanted.
  private static func entries(
    _ settings: KurSettings, _ keys: [String], _ services: KurServices
  ) throws -> [SpeechEntry] {
    if let source = settings["path"]?.string ?? settings["url"]?.string {
      services.console.tell(1, "Loading input dataset: \(source)")
    }
    var entries = try SpeechPackage(settings, keys: keys, services).entries
    if let choice = try SampleChoice(settings) {
      let seed = UInt32(truncatingIfNeeded: services.randomSeed)
      entries = try choice.indices(of: entries.count, seed: seed).map { entries[$0] }
    }
    guard !entries.isEmpty else {
      throw settings.problem(
        "path", "no recording that is wanted",
        "one or more; look at min_duration, max_duration and samples")
    }
    return entries
  }

  /// The symbols of the one text that `settings` name; of recordings, whose sound is not looked at, only where no symbols are given.
  static func vocabulary(
    _ settings: KurSettings, _ services: KurServices
  ) throws -> SpeechVocabulary {
    let keys = try keys(settings)
    guard keys.count == 1 else { throw settings.problem("key", "several texts", "one") }
    let texts =
      settings["vocab"] == nil
      ? try texts(entries(settings, keys, services), key: keys[0], settings) : []
    return try SpeechVocabulary(settings, key: keys[0], index: 0, texts: texts)
  }

  private static func keys(_ settings: KurSettings) throws(KurError) -> [String] {
    guard let value = settings["key"] else { return ["text"] }
    let keys = value.sequence?.compactMap(\.string) ?? value.string.map { [$0] } ?? []
    guard !keys.isEmpty else {
      throw settings.problem("key", value.representation, "a name, or a list of names")
    }
    return keys
  }

  private static func texts(
    _ entries: [SpeechEntry], key: String, _ settings: KurSettings
  ) throws(KurError) -> [SpeechVocabulary.Text] {
    var texts: [SpeechVocabulary.Text] = []
    for entry in entries {
      guard let value = entry.texts[key], let text = SpeechVocabulary.Text(value) else {
        throw settings.problem(
          "key", "\(entry.texts[key]?.representation ?? "nothing") as \(key) of \(entry.path)",
          "a text, or a list of texts")
      }
      texts.append(text)
    }
    return texts
  }

  private static func fill(_ settings: KurSettings) throws(KurError) -> Fill {
    var fill = Fill()
    switch try settings.text("fill") {
    case nil, "zero": break
    case "loop": fill.isLoop = true
    case let other?: throw settings.problem("fill", other, "zero or loop")
    }
    if let seconds = try settings.number("bucket"), seconds != 0 {
      let frameCount = (seconds * 100).rounded(.toNearestOrEven)
      guard frameCount >= 1, frameCount < 1e9 else {
        throw settings.problem("bucket", "\(seconds)", "a number of seconds, 0.01 or more")
      }
      fill.bucket = Int(frameCount)
    }
    return fill
  }

  // MARK: - Sources

  /// The symbols of the transcripts, if there is one text.
  package var vocabulary: SpeechVocabulary? {
    transcripts.count == 1 ? transcripts[0].vocabulary : nil
  }

  /// The symbols of the transcripts that the source `name` has.
  package func vocabulary(of name: String) -> SpeechVocabulary? {
    transcripts.first { name == $0.prefix + "transcript" }?.vocabulary
  }

  /// The transcripts in numbers that the source `name` has.
  func transcriptNumbers(_ name: String) -> [[Int]]? {
    transcripts.first { name == $0.prefix + "transcript" }?.numbers
  }

  /// How sound becomes frames.
  package var features: KurFeatures { frames.features }

  /// How frames are normalised; nil where they are not.
  package var normalization: FeatureNormalization? { frames.normalization }

  package var count: Int { recordings.count }

  package var sourceNames: [String] {
    ["audio_source", "duration"]
      + transcripts.flatMap { text in
        ["transcript", "transcript_length", "transcript_raw"].map { text.prefix + $0 }
      } + ["utterance", "utterance_length", "utterance_raw"]
  }

  package func shape(of source: String) throws -> [Int?] {
    switch source {
    case "utterance", "utterance_raw": [nil, frames.featureCount]
    case "utterance_length": [1]
    case "audio_source", "duration": []
    default: source.hasSuffix("_length") ? [1] : [nil]
    }
  }

  package func sortingValues(of source: String) throws -> [Double]? {
    switch source {
    case "duration": return recordings.map(\.duration)
    case "audio_source": return nil
    default:
      if let text = transcripts.first(where: { $0.prefix + "transcript_length" == source }) {
        return text.numbers.map { Double($0.count) }
      }
      guard source == "utterance_length" else { return nil }
      return try frames.frames(Array(recordings.indices)).map { Double($0?.count ?? 0) }
    }
  }

  package func batch(_ indices: [Int]) throws -> (columns: KurBatch, kept: [Int]) {
    let found = try frames.frames(indices)
    let kept = found.indices.filter { found[$0] != nil }
    let utterances = found.compactMap(\.self)
    let indices = kept.map { indices[$0] }
    var columns: KurBatch = [
      "audio_source": .texts(indices.map { recordings[$0].path }),
      "duration": .array(
        KurArray(shape: [indices.count], values: indices.map { recordings[$0].duration })),
      "utterance_raw": .ragged(utterances),
      "utterance_length": .array(Self.lengths(utterances.map(\.count))),
      "utterance": .array(padded(utterances)),
    ]
    for text in transcripts {
      let numbers = indices.map { text.numbers[$0] }
      columns[text.prefix + "transcript_raw"] = .lists(numbers)
      columns[text.prefix + "transcript_length"] = .array(Self.lengths(numbers.map(\.count)))
      columns[text.prefix + "transcript"] = .array(Self.padded(numbers))
    }
    return (columns, kept)
  }

  private static func lengths(_ lengths: [Int]) -> KurArray {
    KurArray(shape: [lengths.count, 1], values: lengths.map(Double.init), isWhole: true)
  }

  private static func padded(_ rows: [[Int]]) -> KurArray {
    let width = rows.map(\.count).max() ?? 0
    let values = rows.flatMap { row in
      row.map(Double.init) + [Double](repeating: 0, count: width - row.count)
    }
    return KurArray(shape: [rows.count, width], values: values, isWhole: true)
  }

  /// Utterances, [frames, features] each, with all as long as the longest: [batch, frames, features].
  func padded(_ utterances: [KurArray]) -> KurArray {
    Self.padded(
      utterances, featureCount: frames.featureCount, isLoop: fill.isLoop, bucket: fill.bucket)
  }

  /// What comes after an utterance is zero, or the utterance again and again.
  static func padded(
    _ utterances: [KurArray], featureCount: Int, isLoop: Bool, bucket: Int?
  ) -> KurArray {
    var length = utterances.map(\.count).max() ?? 0
    if let bucket, length > 0 { length = (length - 1) / bucket * bucket + bucket }
    var values: [Double] = []
    values.reserveCapacity(utterances.count * length * featureCount)
    for utterance in utterances {
      let end = values.count + length * featureCount
      values += utterance.values
      while isLoop, values.count < end, !utterance.values.isEmpty {
        values += utterance.values.prefix(end - values.count)
      }
      values += [Double](repeating: 0, count: end - values.count)
    }
    return KurArray(shape: [utterances.count, length, featureCount], values: values)
  }
}
