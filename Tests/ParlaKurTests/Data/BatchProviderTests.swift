import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaKur

struct BatchProviderTests {
  private func provider(
    _ folder: SupplierFolder, _ settings: String, seed: UInt64 = 3
  ) throws -> BatchProvider {
    let value = try YAMLReader.value(of: settings, path: "k.yml")
    return try BatchProvider(
      [folder.supplier()], KurSettings(value, path: "k.yml", place: "train.provider"),
      .none(seed: seed))
  }

  private func names(_ epoch: [[Int]]) -> [[String]] {
    epoch.map { $0.map { "e\(String(1000 + $0).dropFirst())" } }
  }

  @Test(arguments: [
    ("randomize_no", "{batch_size: 5, randomize: no}"),
    ("sort_by_shuffle_after_2", "{batch_size: 5, sort_by: duration, shuffle_after: 2}"),
    ("sortagrad_first_epoch", "{batch_size: 4, sortagrad: duration}"),
    ("sortagrad_reverse_first_epoch", "{batch_size: 4, sortagrad: duration, reverse: yes}"),
    ("force_batch_size", "{batch_size: 6, randomize: no, force_batch_size: yes}"),
    ("num_batches_2", "{batch_size: 4, randomize: no, num_batches: 2}"),
    ("batch_larger_than_data", "{batch_size: 100, randomize: no}"),
    ("batch_larger_than_data_forced", "{batch_size: 100, randomize: no, force_batch_size: yes}"),
    ("sort_by_alone_is_ignored", "{batch_size: 5, sort_by: duration}"),
  ])
  func ordersAreThoseOfKur(name: String, settings: String) throws {
    try SupplierFolder.with { folder in
      let epochs = try #require(folder.golden["orders"]?.dictionary?[name]?.sequence)
      let provider = try provider(folder, settings)
      for epoch in epochs {
        #expect(try names(provider.nextEpoch()) == epoch.sequence?.map(\.texts), "\(name)")
      }
    }
  }

  @Test func seedsShuffleAsInKur() throws {
    try SupplierFolder.with { folder in
      let golden = try #require(folder.golden["orders_random_with_numpy_seed_3"]?.dictionary)
      for (name, settings) in [
        ("shuffled", "{batch_size: 5}"),
        ("sortagrad_three_epochs", "{batch_size: 5, sortagrad: duration}"),
      ] {
        let provider = try provider(folder, settings)
        for epoch in golden[name]?.sequence ?? [] {
          #expect(try names(provider.nextEpoch()) == epoch.sequence?.map(\.texts), "\(name)")
        }
      }
    }
  }

  @Test func moreBatchesThanThereAreAreAllOfThem() throws {
    try SupplierFolder.with { folder in
      let all = try provider(folder, "{batch_size: 4, randomize: no}")
      let many = try provider(
        folder, "{batch_size: 4, randomize: no, num_batches: 9223372036854775807}")
      #expect(many.entryCount == all.entryCount)
      #expect(try many.nextEpoch() == all.nextEpoch())
    }
  }

  @Test func neighboursShareBatches() throws {
    try SupplierFolder.with { folder in
      let provider = try provider(folder, "{batch_size: 5, neighborhood_sort: duration}")
      let durations = try #require(folder.golden["durations"]?.dictionary)
      for _ in 0..<3 {
        let epoch = try names(provider.nextEpoch())
        #expect(epoch.joined().sorted() == durations.keys.map(\.text).sorted())
        let spreads = epoch.map { batch in
          let values = batch.compactMap { durations[$0]?.number?.double }
          return (values.max() ?? 0) - (values.min() ?? 0)
        }
        #expect(spreads.reduce(0, +) / Double(spreads.count) < 3.5)
      }
    }
  }

  @Test func wrongSettingsAreNamed() throws {
    try SupplierFolder.with { folder in
      for settings in [
        "{sortagrad: duration, sort_by: duration}", "{sort_by: nothing}", "{batch: 5}",
        "{batch_size: many}",
      ] {
        #expect(throws: KurError.self, "\(settings)") { _ = try provider(folder, settings) }
      }
    }
  }
}
