import Foundation
import ParlaNeuralNetwork
import ParlaTestSupport

@testable import ParlaKur

/// A corpus of 23 entries without sound, with two broken lines, and what Kur 0.7 makes of it.
struct SupplierFolder {
  let path: String
  let golden: PythonDictionary

  /// Runs `body` with the corpus in a folder of its own.
  static func with<Result>(_ body: (SupplierFolder) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      try files.createDirectory(
        atPath: folder + "/package/audio", withIntermediateDirectories: true)
      for (name, target) in [
        ("list.jsonl", "package/list.jsonl"), ("norm.yml", "norm.yml"),
        ("vocab.json", "vocab.json"),
      ] {
        try files.copyItem(
          atPath: Fixture.path("kur/supplier/\(name)"), toPath: "\(folder)/\(target)")
      }
      let golden = Fixture.path("kur/supplier/supplier.json")
      let value = try JSONText.value(
        of: String(contentsOfFile: golden, encoding: .utf8), path: golden)
      return try body(
        SupplierFolder(path: folder, golden: value.dictionary ?? PythonDictionary()))
    }
  }

  /// Settings of `speech_recognition` for the corpus, and `more` in YAML's flow style.
  func settings(_ more: String = "") throws -> KurSettings {
    let text = "{path: \(path)/package, normalization: \(path)/norm.yml, \(more)}"
    return try KurSettings(
      YAMLReader.value(of: text, path: "k.yml"), path: "k.yml", place: "train.data[0]")
  }

  func supplier(_ more: String = "", seed: UInt64? = nil) throws -> SpeechRecognitionSupplier {
    try SpeechRecognitionSupplier(settings(more), .none(seed: seed))
  }

  /// The names of `supplier`'s recordings.
  func names(_ supplier: SpeechRecognitionSupplier) throws -> [String] {
    supplier.recordings.map { URL(fileURLWithPath: $0.path).lastPathComponent }
  }
}

extension KurServices {
  /// Nothing from outside.
  static func none(seed: UInt64? = nil) -> KurServices {
    KurServices(
      unpack: { _, _ in [] }, readTable: { _ in [] },
      makeEngine: {
        CPUTrainingEngine($0, from: $1, EngineSettings(optimizer: $2, precision: .float32))
      }, seed: seed)
  }
}

extension PythonValue {
  /// The texts of a list.
  var texts: [String] { sequence?.map(\.text) ?? [] }
}
