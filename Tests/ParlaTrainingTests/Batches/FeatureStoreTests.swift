import Foundation
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaTraining

@Suite struct FeatureStoreTests {
  static func recordings(_ folder: String, count: Int = 3) throws -> [String] {
    try ToneCorpus(folder: folder).write("a", count: count, seed: 5)
    return (0..<count).map { "\(folder)/a-\($0).wav" }
  }

  static func entries(_ folder: String) -> [String] {
    let files = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return files.filter { $0.hasSuffix(".npy") }.map { "\(folder)/\($0)" }
  }

  @Test func keptInMemoryOrOnDiskOrNotTheyAreTheSame() throws {
    try withTemporaryFolder { folder in
      let paths = try Self.recordings(folder)
      let settings = FeatureSettings()
      let plain = try FeatureStore(settings, memoryLimit: 0)
      let memory = try FeatureStore(settings, memoryLimit: 1 << 20)
      let cache = folder + "/cache"
      let disk = try FeatureStore(settings, folder: cache, memoryLimit: 0)
      for path in paths {
        let expected = try plain.features(of: path)
        for store in [memory, disk] {
          #expect(try store.features(of: path) == expected)
          #expect(try store.features(of: path) == expected)
        }
        #expect(
          try FeatureStore(settings, folder: cache, memoryLimit: 0).features(of: path) == expected)
      }
      #expect(plain.keptByteCount == 0)
      #expect(memory.keptByteCount > 0)
      #expect(Self.entries(cache).count == 3)
    }
  }

  @Test func memoryIsNotFilledBeyondItsLimit() throws {
    try withTemporaryFolder { folder in
      let paths = try Self.recordings(folder)
      let store = try FeatureStore(FeatureSettings(), memoryLimit: 5000)
      for path in paths { _ = try store.features(of: path) }
      #expect(store.keptByteCount <= 5000)
    }
  }

  @Test(arguments: ["cut off", "empty", "not a number"])
  func aDamagedEntryIsRebuilt(damage: String) throws {
    try withTemporaryFolder { folder in
      let path = try #require(try Self.recordings(folder, count: 1).first)
      let cache = folder + "/cache"
      let expected = try FeatureStore(FeatureSettings(), folder: cache, memoryLimit: 0)
        .features(of: path)
      let entry = URL(fileURLWithPath: try #require(Self.entries(cache).first))
      let whole = try Data(contentsOf: entry)
      switch damage {
      case "cut off": try whole.prefix(200).write(to: entry)
      case "empty": try Data().write(to: entry)
      default: try (whole.dropLast(4) + Data([0, 0, 0xc0, 0x7f])).write(to: entry)
      }
      let store = try FeatureStore(FeatureSettings(), folder: cache, memoryLimit: 0)
      #expect(try store.features(of: path) == expected)
      #expect(try Data(contentsOf: entry) == whole)
    }
  }

  @Test func entriesBelongToContentAndSettings() throws {
    try withTemporaryFolder { folder in
      let paths = try Self.recordings(folder, count: 2)
      let cache = folder + "/cache"
      let copy = folder + "/copy.wav"
      try FileManager.default.copyItem(atPath: paths[0], toPath: copy)
      let store = try FeatureStore(FeatureSettings(), folder: cache, memoryLimit: 0)
      let first = try store.features(of: paths[0])
      #expect(try store.features(of: copy) == first)
      #expect(Self.entries(cache).count == 1)
      // Another recording takes the name of the first.
      try FileManager.default.removeItem(atPath: paths[0])
      try FileManager.default.copyItem(atPath: paths[1], toPath: paths[0])
      let later = try FeatureStore(FeatureSettings(), folder: cache, memoryLimit: 0)
      #expect(try later.features(of: paths[0]) != first)
      let other = try FeatureSettings(["coefficients": 13])
      let narrow = try FeatureStore(other, folder: cache, memoryLimit: 0)
      #expect(try narrow.features(of: copy).featureCount == 13)
      #expect(Self.entries(cache).count == 3)
      // The context is no part of the entries.
      let wide = try FeatureStore(
        FeatureSettings(["context": 3]), folder: cache, memoryLimit: 0)
      _ = try wide.features(of: copy)
      #expect(Self.entries(cache).count == 3)
    }
  }

  @Test func digestsOfLikeContentDiffer() {
    var names: Set<String> = []
    let contents = ["", "a", "b", "a\0", "aaaaaaaa", "aaaaaaaab", "baaaaaaaa", "aaaaaaaaaaaaaaaa"]
    for content in contents {
      var digest = ContentDigest()
      digest.add(Data(content.utf8))
      names.insert(digest.name)
    }
    #expect(names.count == contents.count)
    #expect(names.allSatisfy { $0.count == 32 })
  }
}
