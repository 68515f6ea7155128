import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaFiles

extension ModelDescription {
  /// This many recordings are enough to measure the mean and the deviation of features.
  private static var measuredCount: Int { 256 }

  /// This description with the statistics of recordings that `manifests` list, if its features need them.
  ///
  /// - Throws: `TrainingError.noSamples` when none of the recordings can be read.
  func measured(on manifests: [Manifest], threadCount: Int) throws -> ModelDescription {
    guard features.needsStatistics else { return self }
    let paths = manifests.flatMap { $0.samples.map(\.audioPath) }
    let chosen = parts(of: paths.indices, count: min(paths.count, Self.measuredCount)).map {
      paths[$0.lowerBound]
    }
    let extractor = FeatureExtractor(features)
    // Unreadable recordings are reported when all recordings are checked.
    let found = concurrentMap(chosen, threadCount: threadCount) { path in
      try? extractor.features(
        of: AudioFile.read(path, sampleRate: extractor.settings.sampleRate))
    }
    var statistics = FeatureStatistics(featureCount: features.featureCount)
    for frames in found { statistics.add(frames?.values ?? []) }
    guard !statistics.isEmpty else {
      throw TrainingError.noSamples(files: manifests.map(\.path))
    }
    return try taking(features.with(statistics))
  }
}
