import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@testable import ParlaKur

struct SpeechSupplierTests {
  @Test func durationsChooseEntries() throws {
    try SupplierFolder.with { folder in
      let entries = try #require(folder.golden["entries"]?.dictionary)
      for (key, settings) in [
        ("all", ""), ("min_duration_2", "min_duration: 2"),
        ("max_duration_3.5", "max_duration: 3.5"),
      ] {
        #expect(try folder.names(folder.supplier(settings)) == entries[key]?.texts, "\(key)")
      }
    }
  }

  /// Statistics are learnt of the recordings whose rate is that of most; the others are left out.
  @Test func recordingsOfAnotherRateAreLeftOut() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/audio", withIntermediateDirectories: true)
      var list = ""
      for (name, rate) in [("a", 8000), ("b", 16000), ("c", 16000)] {
        let samples = (0..<2 * rate).map { Float($0 * $0 % 97) / 500 - 0.1 }
        try AudioFile.write(
          Waveform(samples: samples, sampleRate: rate), to: "\(folder)/audio/\(name).wav")
        list += "{\"uuid\": \"\(name)\", \"text\": \"a\", \"duration_s\": 2}\n"
      }
      try Data(list.utf8).write(to: URL(fileURLWithPath: folder + "/list.jsonl"))
      let value = try YAMLReader.value(
        of: "{path: \(folder), type: spec, max_frequency: 8000, vocab: [a]}", path: "k.yml")
      let supplier = try SpeechRecognitionSupplier(
        KurSettings(value, path: "k.yml", place: "train.data[0]"), .none())
      #expect(try supplier.batch([0, 1, 2]).kept == [1, 2])
    }
  }

  @Test func seedsChooseTheSameSamplesAsInKur() throws {
    try SupplierFolder.with { folder in
      for entry in folder.golden["samples"]?.sequence ?? [] {
        let entry = try #require(entry.dictionary)
        let samples = entry["samples"] ?? .none
        let value = try PythonJSON().text(of: samples)
        let seed = UInt64(try #require(entry["seed"]?.integer))
        if let kept = entry["kept"] {
          let supplier = try folder.supplier("samples: \(value)", seed: seed)
          #expect(try folder.names(supplier) == kept.texts, "\(value) with \(seed)")
        } else {
          #expect(throws: KurError.self, "\(value)") {
            _ = try folder.supplier("samples: \(value)", seed: seed)
          }
        }
      }
    }
  }

  @Test(arguments: [
    ("inferred", ""), ("given_28", "vocab: VOCAB"), ("unknown", "vocab: UNKNOWN, unknown: \"?\""),
    ("json_file", "vocab: FOLDER/vocab.json"), ("key_phones", "key: phones"),
    ("two_keys", "key: [text, phones]"),
    ("two_keys_two_vocabs", "key: [text, phones], vocab: [VOCAB, [ah, K]]"),
    ("duplicate_ignoring_case", "vocab: [a, A]"),
    ("unknown_not_in_vocab", "vocab: VOCAB, unknown: X"),
    ("missing_key", "key: nothing"),
  ])
  func transcriptsAreSpeltAsInKur(name: String, settings: String) throws {
    let letters =
      "\" \", \"'\", " + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { "\"\($0)\"" }.joined(separator: ", ")
    try SupplierFolder.with { folder in
      let settings = settings.replacing("VOCAB", with: "[\(letters)]")
        .replacing("UNKNOWN", with: "[\(letters), \"?\"]").replacing("FOLDER", with: folder.path)
      let golden = try #require(
        folder.golden["vocabulary"]?.dictionary?[name]?.dictionary, "\(name)")
      guard let sources = golden["sources"] else {
        #expect(throws: KurError.self) { _ = try folder.supplier(settings) }
        return
      }
      let supplier = try folder.supplier(settings)
      #expect(supplier.sourceNames.sorted() == sources.texts)
      for (source, value) in golden.pairs where source.text.hasSuffix("transcript_raw") {
        let plain = String(source.text.dropLast("_raw".count))
        #expect(supplier.vocabulary(of: plain)?.symbols == value.dictionary?["vocab"]?.texts)
        let rows = value.dictionary?["rows"]?.sequence?.map { row in
          row.sequence?.compactMap(\.integer) ?? []
        }
        #expect(supplier.transcriptNumbers(plain)?.prefix(rows?.count ?? 0).map { $0 } == rows)
      }
    }
  }

  @Test func paddingIsThatOfKur() throws {
    try SupplierFolder.with { folder in
      let golden = try #require(folder.golden["padding"]?.dictionary)
      let rows = try #require(golden["rows"]?.sequence?.compactMap(KurArray.init(_:)))
      for (key, isLoop, bucket) in [
        ("zero", false, nil), ("loop", true, nil), ("bucket_0.05", false, 5),
        ("bucket_0.1_loop", true, 10), ("bucket_0.07", false, 7),
      ] as [(String, Bool, Int?)] {
        let padded = SpeechRecognitionSupplier.padded(
          rows, featureCount: 2, isLoop: isLoop, bucket: bucket)
        #expect(padded == golden[key].flatMap(KurArray.init(_:)), "\(key)")
      }
    }
  }

  @Test func aRecordingThatIsNotThereIsLeftOut() throws {
    try SupplierFolder.with { folder in
      let supplier = try folder.supplier()
      #expect(try supplier.batch([0, 1]).kept == [])
    }
  }

  @Test func wrongSettingsAreNamed() throws {
    try SupplierFolder.with { folder in
      #expect(throws: KurError.self) { _ = try folder.supplier("fil: zero") }
      #expect(throws: KurError.self) { _ = try folder.supplier("fill: often") }
      #expect(throws: KurError.self) { _ = try folder.supplier("bucket: -1") }
      #expect(throws: KurError.self) { _ = try folder.supplier("max_frequency: -5") }
      let none = #expect(throws: KurError.self) {
        _ = try folder.supplier("min_duration: 5000")
      }
      #expect(none?.description.contains("no recording that is wanted") == true)
      #expect(throws: KurError.self) { _ = try folder.supplier("type: sound") }
      #expect(throws: KurError.self) { _ = try folder.supplier("checksum: 00, url: 'ftp://h/x'") }
    }
  }
}
