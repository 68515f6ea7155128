import Foundation
import ParlaAudio
import ParlaFiles

/// In what two corpora, or two recordings, differ.
package struct CorpusComparison: Sendable, Encodable {
  /// A sample that differs.
  package struct Difference: Sendable, Encodable {
    package let first: String
    package let second: String
    /// In what: the words, for people.
    package let text: String
  }

  /// How many samples were compared.
  package let compared: Int
  /// The names of samples that occur in only one of the two.
  package let onlyInFirst: [String]
  package let onlyInSecond: [String]
  package let differences: [Difference]
  /// The loudest difference of all recordings, in decibels; nil where none were compared.
  package let loudestDifference: Double?

  /// Whether nothing differs.
  package var isEqual: Bool {
    differences.isEmpty && onlyInFirst.isEmpty && onlyInSecond.isEmpty
  }

  /// Compares what is at `first` and `second`, each a corpus of any form or a recording.
  ///
  /// Samples are paired by name, without folder and extension, if names are unique in both; otherwise by
  /// transcript, smaller files first; the rest by position. Recordings are the same if their difference stays below `threshold` decibels (root mean square).
  ///
  /// - Throws: `CorpusError`, `AudioError`.
  package init(
    _ first: String, _ second: String, threshold: Double = -60,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let (ours, theirs) = (try Self.samples(first), try Self.samples(second))
    let pairs = Self.pairs(ours, theirs)
    var differences: [Difference] = []
    var loudest: Double?
    for start in stride(from: 0, to: pairs.count, by: 64) {
      let batch = Array(pairs[start..<min(start + 64, pairs.count)])
      let found = concurrentMap(batch) { pair in
        Result { () throws(AudioError) in
          try Self.comparison(ours[pair.0], theirs[pair.1], threshold)
        }
      }
      for (pair, result) in zip(batch, found) {
        let (text, level) = try result.get()
        loudest = level.map { max(loudest ?? -.infinity, $0) } ?? loudest
        guard let text else { continue }
        differences.append(
          Difference(
            first: ours[pair.0].audioPath, second: theirs[pair.1].audioPath, text: text))
      }
      progress(start + batch.count, pairs.count)
    }
    compared = pairs.count
    let (left, right) = (Set(pairs.map(\.0)), Set(pairs.map(\.1)))
    onlyInFirst = ours.indices.filter { !left.contains($0) }.map { ours[$0].audioPath }
    onlyInSecond = theirs.indices.filter { !right.contains($0) }.map { theirs[$0].audioPath }
    self.differences = differences
    loudestDifference = loudest
  }

  private static func samples(_ path: String) throws -> [Sample] {
    if AudioFile.isSoundExtension(SoundAddress(path).formatName.fileExtension) {
      return [Sample(audioPath: path, transcript: "")]
    }
    return try Manifest(path: path, needsTranscripts: false).samples
  }

  private static func pairs(_ ours: [Sample], _ theirs: [Sample]) -> [(Int, Int)] {
    let (names, others) = (ours.map(name), theirs.map(name))
    if Set(names).count == names.count, Set(others).count == others.count,
      !Set(names).isDisjoint(with: others)
    {
      let places = Dictionary(uniqueKeysWithValues: others.enumerated().map { ($1, $0) })
      return names.enumerated().compactMap { index, name in places[name].map { (index, $0) } }
    }
    // A sample database has no names and an order of its own.
    let places = placesByTranscript(theirs)
    var pairs: [(Int, Int)] = []
    for (transcript, indices) in placesByTranscript(ours) {
      pairs += zip(indices, places[transcript] ?? []).map { ($0, $1) }
    }
    let (left, right) = (Set(pairs.map(\.0)), Set(pairs.map(\.1)))
    pairs += zip(
      ours.indices.filter { !left.contains($0) }, theirs.indices.filter { !right.contains($0) }
    )
    .map { ($0, $1) }
    return pairs.sorted { $0.0 < $1.0 }
  }

  private static func placesByTranscript(_ samples: [Sample]) -> [String: [Int]] {
    Dictionary(grouping: samples.indices, by: { samples[$0].transcript })
      .mapValues { $0.sorted { (samples[$0].fileSize ?? 0, $0) < (samples[$1].fileSize ?? 0, $1) } }
  }

  private static func name(of sample: Sample) -> String {
    SoundAddress(sample.audioPath).formatName.fileName.withoutExtension
  }

  /// In what two samples differ, if in anything, and how loud the difference of their recordings is.
  private static func comparison(
    _ first: Sample, _ second: Sample, _ threshold: Double
  ) throws(AudioError) -> (text: String?, level: Double?) {
    if first.transcript != second.transcript {
      return ("transcript (\"\(first.transcript)\" and \"\(second.transcript)\")", nil)
    }
    let (ours, theirs) = (try AudioFile.read(first.audioPath), try AudioFile.read(second.audioPath))
    guard ours.sampleRate == theirs.sampleRate else {
      return ("sample rate (\(ours.sampleRate) and \(theirs.sampleRate) Hz)", nil)
    }
    guard ours.samples.count == theirs.samples.count else {
      return (
        "duration (\(shown(ours.duration, 3)) and \(shown(theirs.duration, 3)) seconds)", nil
      )
    }
    // As DeepSpeech counts decibels: a full-scale sine has 0.
    let power = zip(ours.samples, theirs.samples).reduce(0.0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }
    let level = 10 * log10(max(1e-32, power / Double(max(ours.samples.count, 1)))) + 3.0103
    return (level <= threshold ? nil : "sound (\(shown(level, 2)) dB)", level)
  }
}

/// `value` with this many digits after the point.
func shown(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
