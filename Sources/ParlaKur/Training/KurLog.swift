import Foundation
import ParlaFiles

/// What a training noted of its losses: a folder that later sessions continue.
///
/// Kur 0.7, `kur/loggers/binary_logger.py`: an IDX file without extension for each column, `TYPE_TAGS_NAME`, and `summary.yml`.
package struct KurLog {
  /// What kind of event a column belongs to.
  package enum Kind: String, Sendable {
    case batch, training, validation
  }

  /// The folder; nil for a log that is not kept.
  package let path: String?

  /// Completed epochs, batches and samples of all sessions.
  package private(set) var epochCount = 0
  package private(set) var batchCount = 0
  package private(set) var sampleCount = 0

  /// The clocks of earlier sessions.
  package private(set) var earlierClocks: [TrainingClocks.Part: Double] = [:]

  private let keepsBatches: Bool
  private let secondsBetweenWrites: Double?
  /// Whether there was no log before.
  package private(set) var isNew = true

  private var sessionCount = 0
  private var columns: [String: Column] = [:]
  private var lastWrite: Double?
  /// Columns whose files go when the log is written next.
  private var forgotten: Set<String> = []
  private var batchesSinceEpoch: [(size: Int, losses: [String: Double])] = []

  private struct Column {
    var values: [Double] = []
    var isWhole = false
  }

  /// A log that is forgotten at the end.
  package init() {
    path = nil
    keepsBatches = true
    secondsBetweenWrites = nil
  }

  /// Where a log is, and what `value` says of it: a path, or a mapping with `path`, `keep_batch` and `rate`; nil for none.
  ///
  /// - Throws: `KurError.section`.
  static func settings(
    _ value: PythonValue?, path kurfile: String, place: String
  ) throws(KurError) -> (folder: String, settings: KurSettings)? {
    guard let value, value != PythonValue.none else { return nil }
    let mapping: PythonValue =
      value.string.map { .dictionary(PythonDictionary([(.string("path"), .string($0))])) } ?? value
    let settings = try KurSettings(mapping, path: kurfile, place: place)
    try settings.allow(only: ["name", "path", "keep_batch", "rate"])
    if let name = try settings.text("name"), name != "binary" {
      throw settings.problem("name", name, "binary")
    }
    guard let path = try settings.file("path") else {
      throw settings.problem("path", "nothing", "a folder")
    }
    _ = try settings.number("rate")
    return (path, settings)
  }

  /// The log that `value` describes; nil for none.
  ///
  /// - Throws: `KurError`, where a log is damaged too.
  package init?(_ value: PythonValue?, path kurfile: String, place: String) throws(KurError) {
    guard let (path, settings) = try Self.settings(value, path: kurfile, place: place) else {
      return nil
    }
    self.path = path
    keepsBatches = settings.flag("keep_batch") ?? true
    secondsBetweenWrites = try settings.number("rate")
    try read(path)
  }

  private mutating func read(_ folder: String) throws(KurError) {
    switch FileKind(folder) {
    case nil: return
    case .folder: break
    default:
      throw .badFile(
        path: folder, found: "a file",
        expected: "the folder of a log. Move it, or name another as log")
    }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw .file(.unreadable(path: folder, reason: systemReason(error)))
    }
    isNew = false
    let kinds = ["batch_", "training_", "validation_"]
    for name in names where kinds.contains(where: name.hasPrefix) && !name.contains(".part") {
      let array = try IDXArray(path: folder.appendingName(name))
      columns[name] = Column(values: array.values, isWhole: array.isInteger)
    }
    let summary = folder.appendingName("summary.yml")
    guard FileManager.default.fileExists(atPath: summary) else { return }
    let value = try YAMLReader.value(of: KurText.read(summary), path: summary)
    guard let fields = value.dictionary else {
      throw .badFile(path: summary, found: "a \(value.typeName)", expected: "a mapping")
    }
    epochCount = fields["epochs"]?.integer ?? 0
    batchCount = fields["batches"]?.integer ?? 0
    sampleCount = fields["samples"]?.integer ?? 0
    sessionCount = fields["sessions"]?.integer ?? 0
    for part in TrainingClocks.Part.allCases {
      earlierClocks[part] = fields["clocks"]?.dictionary?[part.rawValue]?.number?.double
    }
  }

  // MARK: - Columns

  /// The name of a column's file.
  package static func columnName(_ kind: Kind, tags: [String], name: String) -> String {
    let escaped = { (text: String) in text.replacing("_", with: "__") }
    let tag =
      tags.isEmpty
      ? "null" : tags.map { escaped($0).replacing(".", with: "..") }.joined(separator: ".")
    return "\(kind.rawValue)_\(tag)_\(escaped(name))"
  }

  /// The numbers of a column; nil if there is none.
  package func column(_ kind: Kind, set: String? = nil, _ name: String) -> [Double]? {
    columns[Self.columnName(kind, tags: ["loss"] + (set.map { [$0] } ?? []), name: name)]?.values
  }

  /// The names of the validation sets that the log knows.
  package var validationSets: [String] {
    columns.keys.compactMap { name in
      name.wholeMatch(of: /validation_loss\.(.+)_total/).map { match in
        String(match.1).replacing("__", with: "_").replacing("..", with: ".")
      }
    }.sorted()
  }

  /// The least loss of training in all sessions.
  package var bestTrainingLoss: Double? { column(.training, "total")?.min() }

  /// The least mean loss of the validation sets in all sessions.
  package var bestValidationLoss: Double? { column(.validation, "total")?.min() }

  /// The last losses, by the names that file names of weights have for them.
  package var latest: [String: Double?] {
    [
      "TRAIN_LOSS": runningLoss.map { $0.values.reduce(0, +) },
      "BATCH_LOSS": batchesSinceEpoch.last.map { $0.losses.values.reduce(0, +) }
        ?? column(.batch, "total")?.last,
      "VALIDATION_LOSS": column(.validation, "total")?.last,
      "EPOCH_LOSS": column(.training, "total")?.last,
    ]
  }

  /// The mean losses of the epoch's batches so far, each batch by its size.
  package var runningLoss: [String: Double]? {
    let total = batchesSinceEpoch.reduce(0) { $0 + $1.size }
    guard total > 0 else { return nil }
    var sums: [String: Double] = [:]
    for (size, losses) in batchesSinceEpoch {
      for (name, loss) in losses { sums[name, default: 0] += loss * Double(size) / Double(total) }
    }
    return sums
  }

  /// Samples of the epoch's batches so far.
  package var samplesThisEpoch: Int { batchesSinceEpoch.reduce(0) { $0 + $1.size } }

  // MARK: - Noting

  /// Notes a batch of `size` samples with the `losses` of each output.
  package mutating func noteBatch(
    _ size: Int, _ losses: [String: Double], _ clocks: TrainingClocks
  ) throws(KurError) {
    batchCount += 1
    sampleCount += size
    batchesSinceEpoch.append((size, losses))
    if keepsBatches { append(.batch, set: nil, losses, clocks) }
    let isFirst = lastWrite == nil
    let isDue = secondsBetweenWrites.map { clocks(.all) - (lastWrite ?? 0) >= $0 } ?? false
    if isFirst || isDue { try write(clocks) }
  }

  /// Notes the end of an epoch with the mean `losses` of its batches.
  package mutating func noteEpoch(
    _ losses: [String: Double], _ clocks: TrainingClocks
  ) throws(KurError) {
    epochCount += 1
    batchesSinceEpoch = []
    append(.training, set: nil, losses, clocks)
    try write(clocks)
  }

  /// Notes the losses of the validation `sets`, and their `mean`.
  package mutating func noteValidation(
    _ sets: [(name: String, losses: [String: Double])], mean: [String: Double],
    _ clocks: TrainingClocks
  ) throws(KurError) {
    for (name, losses) in sets { append(.validation, set: name, losses, clocks) }
    append(.validation, set: nil, mean, clocks)
    try write(clocks)
  }

  private mutating func append(
    _ kind: Kind, set: String?, _ losses: [String: Double], _ clocks: TrainingClocks
  ) {
    let tags = ["loss"] + (set.map { [$0] } ?? [])
    func add(_ name: String, _ value: Double, isWhole: Bool = false) {
      columns[Self.columnName(kind, tags: tags, name: name), default: Column(isWhole: isWhole)]
        .values.append(value)
    }
    for (name, loss) in losses { add(name, loss) }
    add("total", losses.values.reduce(0, +))
    add("batch", Double(batchCount), isWhole: true)
    add("time", clocks(.all))
  }

  /// The position in the log, recorded by a training that may have to return to it.
  package struct Mark: Codable, Equatable, Sendable {
    var epochs, batches, samples: Int
    var clocks: [String: Double]
    var columns: [String: End]
    var batchesSinceEpoch: [Batch]

    /// The end of a column: its length, and the bits of its last number, which distinguish it from another log's.
    struct End: Codable, Equatable, Sendable {
      var count: Int
      var lastBits: UInt32?
    }

    /// A batch whose epoch is not over.
    struct Batch: Codable, Equatable, Sendable {
      var size: Int
      var losses: [String: Double]
    }
  }

  /// The position in the log.
  package func mark(_ clocks: TrainingClocks) -> Mark {
    let parts = TrainingClocks.Part.allCases
    return Mark(
      epochs: epochCount, batches: batchCount, samples: sampleCount,
      clocks: Dictionary(uniqueKeysWithValues: parts.map { ($0.rawValue, clocks($0)) }),
      columns: columns.mapValues {
        Mark.End(count: $0.values.count, lastBits: $0.values.last.map { Float($0).bitPattern })
      }, batchesSinceEpoch: batchesSinceEpoch.map { Mark.Batch(size: $0.size, losses: $0.losses) })
  }

  /// Forgets what came after `mark`; whether it is a mark of this log.
  package mutating func goBack(to mark: Mark) -> Bool {
    for (name, end) in mark.columns where end.count > 0 {
      guard let values = columns[name]?.values, values.count >= end.count,
        Float(values[end.count - 1]).bitPattern == end.lastBits
      else { return false }
    }
    guard path != nil, batchCount >= mark.batches, epochCount >= mark.epochs else { return false }
    for name in columns.keys {
      let count = mark.columns[name]?.count ?? 0
      let surplus = (columns[name]?.values.count ?? 0) - count
      columns[name]?.values.removeLast(surplus)
      if count == 0 {
        columns[name] = nil
        forgotten.insert(name)
      }
    }
    (epochCount, batchCount, sampleCount) = (mark.epochs, mark.batches, mark.samples)
    batchesSinceEpoch = mark.batchesSinceEpoch.map { ($0.size, $0.losses) }
    for part in TrainingClocks.Part.allCases { earlierClocks[part] = mark.clocks[part.rawValue] }
    return true
  }

  /// Begins another session.
  package mutating func beginSession() { sessionCount += 1 }

  /// Writes all columns and the summary.
  ///
  /// - Throws: `KurError.file`.
  package mutating func write(_ clocks: TrainingClocks) throws(KurError) {
    lastWrite = clocks(.all)
    guard let path else { return }
    do { try makeFolder(path) } catch { throw .file(error) }
    for name in forgotten where columns[name] == nil {
      try? FileManager.default.removeItem(atPath: path.appendingName(name))
    }
    forgotten = []
    for (name, column) in columns {
      try IDXArray(
        shape: [column.values.count], values: column.values, isInteger: column.isWhole
      ).write(to: path.appendingName(name))
    }
    let times = TrainingClocks.Part.allCases.map {
      "\($0.rawValue): \(PythonValue.text(of: clocks($0)))"
    }
    let summary = """
      batches: \(batchCount)
      clocks: {\(times.joined(separator: ", "))}
      epochs: \(epochCount)
      samples: \(sampleCount)
      sessions: \(sessionCount)
      version: 3

      """
    do { try AtomicFile.write(Data(summary.utf8), to: path.appendingName("summary.yml")) } catch {
      throw .file(error)
    }
  }
}
