import Foundation
import ParlaAudio
import ParlaFiles
import Synchronization

/// The normalised feature frames of recordings, which are kept as long as there is room.
final class SpeechFrames: Sendable {
  let features: KurFeatures
  let normalization: FeatureNormalization?
  let featureCount: Int

  private let paths: [String]
  private let services: KurServices
  private let threadCount: Int
  private let kept = Mutex(Kept())

  private struct Kept {
    var frames: [Int: KurArray] = [:]
    var valueCount = 0
    var unusable: Set<Int> = []
    /// How many features a frame of recordings has that were left out for it.
    var toldWidths: Set<Int> = []
  }

  /// The number of numbers kept: half a gigabyte.
  private static let largestKeptCount = 1 << 26
  private static let usualDepth = 100

  /// Reads how `settings` want frames, and learns or reads how they are normalised.
  ///
  /// - Throws: `KurError`, and what is wrong with recordings that are needed for that.
  init(_ settings: KurSettings, paths: [String], _ services: KurServices) throws {
    self.paths = paths
    self.services = services
    let threadCount = try settings.integer("data_cpus") ?? max(1, Processors.count - 1)
    self.threadCount = threadCount
    let name = try settings.text("type") ?? KurFeatures.Kind.spectrogram.rawValue
    guard let kind = KurFeatures.Kind(rawValue: name) else {
      throw settings.problem(
        "type", name, KurFeatures.Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let highest = try settings.number("max_frequency")
    guard (0.0.nextUp...1e6).contains(highest ?? 1) else {
      throw settings.problem("max_frequency", "\(highest ?? 0)", "hertz above 0, at most 1000000")
    }
    let features = KurFeatures(kind, highestFrequency: highest)
    self.features = features
    // Samples themselves have no bins to normalise.
    normalization =
      kind == .raw
      ? nil
      : try Self.normalization(settings, services) { count throws in
        try Self.samples(paths, count: count, features, services, threadCount: threadCount)
      }
    featureCount = normalization?.featureCount ?? 1
  }

  // MARK: - Normalisation

  private static func normalizationSettings(
    _ settings: KurSettings
  ) throws(KurError) -> KurSettings {
    var values = settings["normalization"]
    if case .string? = values {
      values = .dictionary(PythonDictionary([(.string("path"), values ?? .none)]))
    }
    let own = try KurSettings(
      values, path: settings.path, place: settings.place + ".normalization")
    try own.allow(only: ["path", "center", "scale", "rotate", "depth"])
    return own
  }

  /// Whether all is known of how features are normalised, so that no recording has to be read for it.
  ///
  /// - Throws: `KurError.section` where weights are trained, and the statistics that they were trained with are gone.
  static func isNormalizationKnown(
    _ settings: KurSettings, _ services: KurServices
  ) throws(KurError) -> Bool {
    if settings["type"]?.string == KurFeatures.Kind.raw.rawValue { return true }
    let own = try normalizationSettings(settings)
    guard let path = try own.file("path") else { return false }
    if FileManager.default.fileExists(atPath: path) { return true }
    if let weights = services.trainedWeights {
      throw own.problem(
        "path", "\(path), which is not there",
        "the statistics that the weights \(weights) were trained with, which no others can replace. Bring the file "
          + "back, from where they were trained, or train again without the weights")
    }
    return false
  }

  private static func normalization(
    _ settings: KurSettings, _ services: KurServices, frames: (_ depth: Int) throws -> [[Double]]
  ) throws -> FeatureNormalization {
    let own = try normalizationSettings(settings)
    let path = try own.file("path")
    let depth = try own.integer("depth") ?? usualDepth
    let rotation = try rotation(own)
    let statistics: FeatureNormalization.Statistics
    if let path,
      let found = try services.learntNormalizations?.statistics(for: path)
        ?? NormalizationFile.read(path)
    {
      statistics = found
    } else {
      services.note(
        path.map { "\($0): is learnt of the recordings." }
          ?? "Features are normalised by what is learnt now; name a file as normalization to keep it."
      )
      let frames = try frames(depth)
      guard let learnt = FeatureNormalization.Statistics(of: frames) else {
        throw own.problem(
          "depth", "\(frames.count) frames of \(frames.first?.count ?? 0) features",
          "as many frames as features; take more recordings")
      }
      statistics = learnt
      if let path, let waiting = services.learntNormalizations {
        waiting.keep(statistics, for: path)
      } else if let path {
        try NormalizationFile.write(statistics, to: path)
      }
    }
    return FeatureNormalization(
      statistics, isCentred: own.values["center"]?.isTrue ?? true,
      isScaled: own.values["scale"]?.isTrue ?? true, rotation: rotation)
  }

  private static func rotation(_ settings: KurSettings) throws -> FeatureNormalization.Rotation {
    switch settings.values["rotate"] {
    case nil, .bool(true)?: return .zca
    case .bool(false)?, PythonValue.none?: return .none
    case let value?:
      let name = value.string ?? ""
      guard let rotation = FeatureNormalization.Rotation(rawValue: name) else {
        throw settings.problem("rotate", value.representation, "yes, no, zca or pca")
      }
      return rotation
    }
  }

  /// The frames of `count` recordings that a seed picks, as wide as those of most.
  ///
  /// Recordings of another rate have other frames, and are left out of the data for it.
  private static func samples(
    _ paths: [String], count: Int, _ features: KurFeatures, _ services: KurServices,
    threadCount: Int
  ) throws -> [[Double]] {
    var random = MersenneTwister(seed: UInt32(truncatingIfNeeded: services.seed ?? 0))
    let chosen = random.permutation(paths.count).prefix(count).sorted().map { paths[$0] }
    let asKurDid = services.asKurDid
    let found = concurrentMap(chosen, threadCount: threadCount) { path in
      Result { try frames(path, features, asKurDid: asKurDid) }
    }
    let read = found.compactMap { try? $0.get() }
    if read.isEmpty, case .failure(let error)? = found.first { throw error }
    let alike = Dictionary(grouping: read.filter { !$0.isEmpty }) { $0[0].count }
    let usual = alike.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    return usual?.value.flatMap(\.self) ?? []
  }

  // MARK: - Frames

  /// The frames of the recordings at `indices`; nil for an unreadable one, which is reported once.
  func frames(_ indices: [Int]) throws -> [KurArray?] {
    let found = kept.withLock { kept in indices.map { kept.frames[$0] } }
    let unusable = kept.withLock { $0.unusable }
    let missing = indices.indices.filter { found[$0] == nil && !unusable.contains(indices[$0]) }
    let read = concurrentMap(missing.map { indices[$0] }, threadCount: threadCount) { index in
      self.read(index)
    }
    var result = found
    for (place, frames) in zip(missing, read) {
      result[place] = frames
      keep(frames, indices[place])
    }
    return result
  }

  private func keep(_ frames: KurArray?, _ index: Int) {
    kept.withLock { kept in
      guard let frames else {
        kept.unusable.insert(index)
        return
      }
      guard kept.valueCount + frames.values.count <= Self.largestKeptCount,
        kept.frames.updateValue(frames, forKey: index) == nil
      else { return }
      kept.valueCount += frames.values.count
    }
  }

  private func read(_ index: Int) -> KurArray? {
    do {
      let frames = try Self.frames(paths[index], features, asKurDid: services.asKurDid)
      guard let normalization else { return KurArray(rows: frames) }
      let width = frames.first?.count ?? 0
      guard width == normalization.featureCount else {
        noteWidth(width, paths[index], normalization.featureCount)
        return nil
      }
      return KurArray(rows: frames.map(normalization.normalized))
    } catch {
      services.note("Left out: \(error)")
      return nil
    }
  }

  /// Tells of the first recording with frames of `width`: all others have them for the same reason.
  private func noteWidth(_ width: Int, _ path: String, _ expected: Int) {
    guard kept.withLock({ $0.toldWidths.insert(width).inserted }) else { return }
    services.note(
      "\(path): left out, and all others like it: found \(width) features a frame, expected \(expected) as in the "
        + "statistics of normalization. Give max_frequency the value that they were learnt with, and recordings the "
        + "same rate.")
  }

  private static func frames(
    _ path: String, _ features: KurFeatures, asKurDid: Bool
  ) throws -> [[Double]] {
    guard let file = SpeechPackage.recording(path) else {
      throw KurError.data(path: path, problem: "found no recording of this name with any ending")
    }
    let sound = try StoredSound(path: file, asKurDid: asKurDid)
    do { return try features.frames(of: sound) } catch {
      throw KurError.data(path: file, problem: "\(error)")
    }
  }
}
