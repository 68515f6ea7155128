import Foundation
import ParlaFiles

/// A line of `metrics.jsonl`: what a training was like at some step.
struct MetricsLine: Codable, Equatable {
  /// The kind of a line.
  enum Event: String, Codable {
    case start, step, epoch
    case learningRate = "learning_rate"
    case quarantine
  }

  var event: Event
  var time = Date()
  var step: Int
  var epoch: Int?
  /// Mean loss of the training samples since the line before; of the whole epoch in an epoch's line.
  var loss: Double?
  var devLoss: Double?
  var wer: Double?
  var cer: Double?
  var learningRate: Double?
  var audioSecondsPerSecond: Double?
  /// The share of the epoch's time in which steps waited for their samples.
  var waitingShare: Double?
  var isBest: Bool?
  /// Each CSV by itself.
  var sets: [EpochReport.SetReport]?
  /// The sample that a line of quarantine is about, and why.
  var sample: String?
  var reason: String?
  /// The settings of the training.
  var configuration: [String: String]?

  init(_ event: Event, step: Int) {
    self.event = event
    self.step = step
  }
}

/// `metrics.jsonl`: a line of JSON for each thing that happened, for other programs.
struct MetricsLog {
  /// The losses of the steps that were there at the beginning.
  let steps: [ChartPoint]

  private let path: String
  private let file: AppendedFile

  /// Continues the log at `path` after `step`: later lines are of steps that will be repeated, and are removed.
  ///
  /// - Throws: `FileError.unwritable`.
  init(path: String, after step: Int) throws(FileError) {
    var kept = Data()
    var steps: [ChartPoint] = []
    let decoder = Self.decoder
    let before = step > 0 ? FileManager.default.contents(atPath: path) : nil
    for line in (before ?? Data()).split(separator: 0x0a) {
      guard let read = try? decoder.decode(MetricsLine.self, from: line), read.step <= step else {
        continue
      }
      kept += line + [0x0a]
      if read.event == .step, let loss = read.loss {
        steps.append(ChartPoint(x: Double(read.step), y: loss))
      }
    }
    self.path = path
    self.steps = steps
    try AtomicFile.write(kept, to: path)
    file = try AppendedFile(path: path)
  }

  /// Adds `line`.
  ///
  /// - Throws: `FileError.unwritable`.
  func append(_ line: MetricsLine) throws(FileError) {
    let text: Data
    do { text = try Self.encoder.encode(line) } catch {
      throw .unwritable(path: path, reason: systemReason(error))
    }
    try file.append(text + [0x0a])
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
