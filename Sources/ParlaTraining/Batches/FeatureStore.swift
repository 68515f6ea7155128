import Foundation
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import Synchronization

/// The features of recordings: computed when they are asked for, and kept in memory as far as there is room.
///
/// With a folder they are kept on disk too, for other runs: as NumPy arrays [frames, features], named after the content
/// of the recording and the settings, so that a recording that changes, moves or is copied is never mistaken for another.
final class FeatureStore: Sendable {
  private let extractor: FeatureExtractor
  private let folder: String?
  private let memoryLimit: Int
  private let settingsText: Data
  private let kept = Mutex(Kept())

  private struct Kept {
    var features: [String: FeatureMatrix] = [:]
    var byteCount = 0
    /// The names of recordings' entries on disk.
    var entries: [String: String] = [:]
    /// The digests of files of which several passages are samples.
    var contents: [String: String] = [:]
  }

  /// Computes features as `settings` say, and keeps at most `memoryLimit` bytes of them in memory.
  ///
  /// - Throws: `FileError.unwritable` when `folder` cannot be made.
  init(_ settings: FeatureSettings, folder: String? = nil, memoryLimit: Int) throws {
    extractor = FeatureExtractor(settings)
    self.folder = folder
    self.memoryLimit = memoryLimit
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // The context is added later, from the same features.
    let plain = try settings.changing(["context": 0])
    settingsText = Data("features 4 ".utf8) + (try encoder.encode(plain))
    if let folder { try makeFolder(folder) }
  }

  /// How the features are computed.
  var settings: FeatureSettings { extractor.settings }

  /// Bytes of the features that are in memory.
  var keptByteCount: Int { kept.withLock { $0.byteCount } }

  /// The features of the recording at `path`, [frames, features].
  ///
  /// - Throws: `AudioError`, when the recording cannot be used.
  func features(of path: String) throws -> FeatureMatrix {
    if let features = kept.withLock({ $0.features[path] }) { return features }
    let features = try folder.map { try stored(path, in: $0) } ?? computed(path)
    keep(features, of: path)
    return features
  }

  /// The features of the recording at `path` after all that `pass` does to it; only what comes before that is kept.
  ///
  /// - Returns: nil when the recording has not `frameCount` frames any more.
  /// - Throws: `AudioError`, when the recording cannot be used.
  func features(
    of path: String, frameCount: Int, augmentedBy pass: AugmentationPass
  ) throws -> FeatureMatrix? {
    var pass = pass
    guard pass.needsSound else {
      let features = try features(of: path)
      return features.frameCount == frameCount ? try pass.augmented(features) : nil
    }
    let waveform = try AudioFile.read(path, sampleRate: settings.sampleRate)
    guard settings.frameCount(sampleCount: waveform.samples.count) == frameCount else { return nil }
    return try pass.features(of: waveform, extractor)
  }

  private func computed(_ path: String) throws -> FeatureMatrix {
    let waveform = try AudioFile.read(path, sampleRate: extractor.settings.sampleRate)
    return try extractor.features(of: waveform)
  }

  private func keep(_ features: FeatureMatrix, of path: String) {
    let size = features.values.count * MemoryLayout<Float>.stride
    kept.withLock { kept in
      guard kept.byteCount + size <= memoryLimit, kept.features[path] == nil else { return }
      kept.features[path] = features
      kept.byteCount += size
    }
  }

  // MARK: On disk

  /// The features as an earlier call left them, or computed and left for a later one.
  private func stored(_ path: String, in folder: String) throws -> FeatureMatrix {
    guard let entry = try entry(of: path, in: folder) else { return try computed(path) }
    if let array = try? NumPyArray(path: entry), array.shape.count == 2,
      array.shape[1] == settings.featureCount, array.values.allSatisfy(\.isFinite)
    {
      return FeatureMatrix(
        frameCount: array.shape[0], featureCount: array.shape[1], values: array.values)
    }
    let features = try computed(path)
    let array = NumPyArray(
      shape: [features.frameCount, features.featureCount], values: features.values)
    let parent = entry.folderPath
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    // Not synced, unlike all other files: what a power cut damages is recomputed. A full disk only costs time.
    try? AtomicFile.write(array.encoded, to: entry, calls: .unsynchronized)
    return features
  }

  /// Where the features of the recording belong; nil when it cannot be read, which the decoder explains better.
  private func entry(of path: String, in folder: String) throws -> String? {
    if let entry = kept.withLock({ $0.entries[path] }) { return entry }
    let address = SoundAddress(path)
    guard let content = contentDigest(of: address) else { return nil }
    var digest = ContentDigest()
    digest.add(settingsText)
    // Some formats are identified by their extension.
    digest.add(Data(address.formatName.fileExtension.lowercased().utf8))
    digest.add(Data(content.utf8))
    if address.isPassage {
      digest.add(Data("\(String(describing: address.seconds)) \(address.channel ?? -1)".utf8))
    }
    let name = digest.name
    let entry = "\(folder)/\(name.prefix(2))/\(name.dropFirst(2)).npy"
    kept.withLock { $0.entries[path] = entry }
    return entry
  }

  /// The digest of the sound file at `address`, which passages share; nil when it cannot be read.
  private func contentDigest(of address: SoundAddress) -> String? {
    var whole = address
    (whole.seconds, whole.channel) = (nil, nil)
    let key = whole.description
    if let known = kept.withLock({ $0.contents[key] }) { return known }
    guard let sound = try? whole.content(), !sound.isEmpty else { return nil }
    var digest = ContentDigest()
    digest.add(Data(sound))
    let name = digest.name
    if address.isPassage { kept.withLock { $0.contents[key] = name } }
    return name
  }
}
