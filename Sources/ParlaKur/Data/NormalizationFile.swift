import Foundation
package import ParlaAudio
package import ParlaFiles
import Synchronization

/// What Kur keeps of the features of a corpus: `norm.yml`.
///
/// Kur 0.7, `kur/utils/normalize.py`: `mean` and `stddev` of each bin, `Vt` (right singular vectors as rows), and `S`, a matrix
/// with the directions' scales on its diagonal.
package enum NormalizationFile {
  /// The content of the file at `path`; nil if there is none.
  ///
  /// - Throws: `KurError`.
  package static func read(
    _ path: String
  ) throws(KurError) -> FeatureNormalization.Statistics? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let value = try YAMLReader.value(of: KurText.read(path), path: path)
    guard let fields = value.dictionary else {
      throw .data(path: path, problem: "found a \(value.typeName), expected a mapping")
    }
    let mean = try numbers(fields["mean"], "mean", path)
    let deviation = try numbers(fields["stddev"], "stddev", path, count: mean.count)
    let directions = try matrix(fields["Vt"], "Vt", path, width: mean.count)
    let diagonal = try matrix(fields["S"], "S", path, width: directions.count)
    guard diagonal.count == directions.count else {
      throw .data(
        path: path, problem: "found \(diagonal.count) rows of S, expected \(directions.count)")
    }
    return FeatureNormalization.Statistics(
      mean: mean, deviation: deviation, directions: directions,
      scales: diagonal.indices.map { diagonal[$0][$0] })
  }

  private static func numbers(
    _ value: PythonValue?, _ name: String, _ path: String, count: Int? = nil
  ) throws(KurError) -> [Double] {
    let numbers = value?.sequence?.compactMap { $0.number?.double } ?? []
    guard !numbers.isEmpty, numbers.count == value?.sequence?.count, numbers.allSatisfy(\.isFinite),
      count == nil || count == numbers.count
    else {
      throw .data(
        path: path,
        problem: "found \(numbers.count) numbers as \(name), expected "
          + (count.map { "\($0), one for each of mean" } ?? "a list of them"))
    }
    return numbers
  }

  private static func matrix(
    _ value: PythonValue?, _ name: String, _ path: String, width: Int
  ) throws(KurError) -> [[Double]] {
    guard let rows = value?.sequence, !rows.isEmpty else {
      throw .data(path: path, problem: "found no rows of \(name), expected some")
    }
    var matrix: [[Double]] = []
    for row in rows { matrix.append(try numbers(row, name, path, count: width)) }
    return matrix
  }

  /// Writes `statistics` to `path` as Kur does.
  ///
  /// - Throws: `FileError.unwritable`.
  package static func write(
    _ statistics: FeatureNormalization.Statistics, to path: String
  ) throws(FileError) {
    let count = statistics.scales.count
    let diagonal = (0..<count).map { row in
      (0..<count).map { $0 == row ? statistics.scales[row] : 0 }
    }
    let lines =
      ["S:"] + diagonal.map { "- " + list($0) } + ["Vt:"]
      + statistics.directions.map { "- " + list($0) }
      + ["mean: " + list(statistics.mean), "stddev: " + list(statistics.deviation), ""]
    try AtomicFile.write(Data(lines.joined(separator: "\n").utf8), to: path)
  }

  private static func list(_ numbers: [Double]) -> String {
    "[" + numbers.map(number).joined(separator: ", ") + "]"
  }

  /// YAML 1.1 takes a number with an exponent for a text, unless it has a point.
  private static func number(_ value: Double) -> String {
    let text = PythonValue.text(of: value)
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }
}

/// Statistics that a training has learnt of its recordings, by the files that they are for.
///
/// They are written when the rest of the training is found to be right: else its failure would leave a file behind that belongs to no
/// weights.
final class LearntNormalizations: Sendable {
  private let statistics = Mutex<[String: FeatureNormalization.Statistics]>([:])

  /// The files that nothing is written to yet.
  var paths: [String] { statistics.withLock { $0.keys.sorted() } }

  /// What was learnt for the file at `path`, if it is not written yet.
  func statistics(for path: String) -> FeatureNormalization.Statistics? {
    statistics.withLock { $0[path] }
  }

  /// Keeps what was learnt for the file at `path`.
  func keep(_ learnt: FeatureNormalization.Statistics, for path: String) {
    statistics.withLock { $0[path] = learnt }
  }

  /// Writes all of them.
  ///
  /// - Throws: `FileError.unwritable`.
  func write() throws(FileError) {
    for path in paths {
      guard let learnt = statistics(for: path) else { continue }
      try NormalizationFile.write(learnt, to: path)
      statistics.withLock { $0[path] = nil }
    }
  }
}
