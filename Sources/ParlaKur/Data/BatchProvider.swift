import Foundation

/// Makes batches of the entries of suppliers: sorted, shuffled, or in the order of the data.
///
/// Kur 0.7, `kur/providers/`. What an epoch changes of the order stays for the next one.
package final class BatchProvider {
  /// How many entries a batch has.
  package let batchSize: Int

  /// How many entries an epoch has at most.
  package let entryCount: Int

  private let suppliers: [any KurSupplier]
  private let services: KurServices
  private let settings: Settings
  private var order: [Int]
  private var random: MersenneTwister
  private var sortedEpochsLeft: Int
  private var isSorted = false

  private struct Settings {
    var batchCount: Int?
    var isSizeForced = false
    var isRandom = true
    /// How many entries are shuffled; nil for all.
    var shuffledCount: Int?
    var sortKey: String?
    var sortedEpochCount = 0
    var isReversed = false
    var neighborhood: NeighborhoodSort?
  }

  private static let settingNames = [
    "name", "batch_size", "num_batches", "force_batch_size", "randomize", "sort_by", "sortagrad",
    "shuffle_after", "reverse", "neighborhood_sort", "neighborhood_size", "neighborhood_growth",
  ]

  /// Reads the settings `provider`; with `mayShuffle` false the order is that of the data, whatever they say.
  ///
  /// - Throws: `KurError.section`.
  package init(
    _ suppliers: [any KurSupplier], _ settings: KurSettings, mayShuffle: Bool = true,
    _ services: KurServices
  ) throws {
    try settings.allow(only: Self.settingNames)
    if let name = try settings.text("name"), name != "batch_provider" {
      throw settings.problem("name", name, "batch_provider")
    }
    self.suppliers = suppliers
    self.services = services
    let size = try settings.integer("batch_size", in: 0...Int.max) ?? 0
    let batchSize = size == 0 ? 32 : size
    self.batchSize = batchSize
    let read = try Self.read(settings, suppliers, mayShuffle: mayShuffle)
    self.settings = read
    let count = suppliers.map(\.count).min() ?? 0
    order = Array(0..<count)
    let (limit, isBeyond) = (read.batchCount ?? .max).multipliedReportingOverflow(by: batchSize)
    entryCount = isBeyond ? count : min(count, limit)
    sortedEpochsLeft = read.sortedEpochCount
    random = MersenneTwister(
      seed: UInt32(truncatingIfNeeded: services.randomSeed))
  }

  private static func read(
    _ settings: KurSettings, _ suppliers: [any KurSupplier], mayShuffle: Bool
  ) throws -> Settings {
    var read = Settings()
    read.batchCount = try settings.integer("num_batches")
    read.isSizeForced = settings.flag("force_batch_size") ?? false
    read.isRandom = mayShuffle && (settings.flag("randomize") ?? true)
    if case .int? = settings["randomize"] {
      read.shuffledCount = try settings.integer("randomize", in: 0...Int.max)
    }
    read.isReversed = settings.flag("reverse") ?? false
    read.sortKey = try settings.text("sort_by")
    read.sortedEpochCount = try settings.integer("shuffle_after", in: 0...Int.max) ?? 0
    if let key = try settings.text("sortagrad") {
      guard read.sortKey == nil, read.sortedEpochCount == 0 else {
        throw settings.problem(
          "sortagrad", "it together with sort_by or shuffle_after",
          "one of them: sortagrad: \(key) is sort_by: \(key) with shuffle_after: 1")
      }
      read.sortKey = key
      read.sortedEpochCount = 1
    }
    let names = suppliers.flatMap(\.sourceNames)
    for (name, key) in [
      ("sort_by", read.sortKey), ("neighborhood_sort", try settings.text("neighborhood_sort")),
    ] {
      guard let key, !names.contains(key) else { continue }
      let suggestion = nearest(key, names).map { "; did you mean \($0)?" } ?? ""
      throw settings.problem(
        name, "the source \(key), which is not there\(suggestion)",
        names.joined(separator: ", "))
    }
    if let key = try settings.text("neighborhood_sort") {
      read.neighborhood = NeighborhoodSort(
        key: key, size: try settings.number("neighborhood_size") ?? 0,
        growth: try settings.number("neighborhood_growth") ?? 0)
    }
    return read
  }

  /// The sources by name.
  package var sourceNames: [String] { suppliers.flatMap(\.sourceNames) }

  /// The axes of an entry of `source`; nil if there is no such source.
  package func shape(of source: String) throws -> [Int?]? {
    try suppliers.first { $0.sourceNames.contains(source) }?.shape(of: source)
  }

  /// The suppliers.
  package var all: [any KurSupplier] { suppliers }

  /// The symbols of the source `name`, if it is spelt with some.
  package func vocabulary(_ name: String) -> SpeechVocabulary? {
    suppliers.lazy.compactMap { $0.vocabulary(of: name) }.first
  }

  // MARK: - Epochs

  /// The indices of the entries of each batch of the next epoch.
  package func nextEpoch() throws -> [[Int]] {
    try arrange()
    var batches: [[Int]] = []
    for start in stride(from: 0, to: order.count, by: batchSize) {
      if let limit = settings.batchCount, batches.count >= limit { break }
      let batch = Array(order[start..<min(start + batchSize, order.count)])
      if batch.count < batchSize, settings.isSizeForced { break }
      batches.append(batch)
    }
    return batches
  }

  /// The first `count` entries in the order of the data.
  package func firstEntries(_ count: Int) -> [Int] { Array(0..<min(count, order.count)) }

  /// What the sources have for the entries at `indices`; entries that cannot be used are left out.
  package func batch(_ indices: [Int]) throws -> KurBatch {
    var indices = indices
    var columns: KurBatch = [:]
    for supplier in suppliers {
      let found = try supplier.batch(indices)
      if found.kept.count < indices.count {
        indices = found.kept.map { indices[$0] }
        columns = columns.mapValues { $0.picking(found.kept) }
      }
      columns.merge(found.columns) { first, _ in first }
    }
    return columns
  }

  private func arrange() throws {
    guard settings.isRandom else { return }
    if sortedEpochsLeft > 0 {
      sortedEpochsLeft -= 1
      guard let key = settings.sortKey, !isSorted else { return }
      services.console.tell(1, "Sorting data by key \(key)...")
      let values = try values(key)
      let places = order.indices.sorted { first, second in
        (values[order[first]], first) < (values[order[second]], second)
      }
      permute(settings.isReversed ? places.reversed() : places)
      isSorted = true
    } else if let neighborhood = settings.neighborhood {
      let values = try values(neighborhood.key)
      permute(neighborhood.places(order.map { values[$0] }, batchSize: batchSize, &random))
    } else {
      permute(random.permutation(min(settings.shuffledCount ?? order.count, order.count)))
    }
  }

  private func permute(_ places: [Int]) {
    let start = places.map { order[$0] }
    order.replaceSubrange(0..<places.count, with: start)
  }

  private func values(_ key: String) throws -> [Double] {
    guard let supplier = suppliers.first(where: { $0.sourceNames.contains(key) }),
      let values = try supplier.sortingValues(of: key)
    else {
      throw KurError.data(
        path: key,
        problem: "found a source whose entries are no single numbers, expected one to sort by"
      )
    }
    return values
  }
}
