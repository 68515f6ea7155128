import Foundation
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaKur

struct ArraySupplierTests {
  private func settings(_ text: String) throws -> KurSettings {
    try KurSettings(
      YAMLReader.value(of: text, path: "k.yml"), path: "k.yml", place: "train.data[0]")
  }

  private func fixture(_ name: String) -> String { Fixture.path("kur/data/\(name)") }

  @Test(arguments: 0...4) func picklesOfAllProtocolsAreRead(version: Int) throws {
    let supplier = try PickleSupplier(
      settings("{source: \(fixture("arrays-\(version).pkl"))}"), .none())
    #expect(supplier.sourceNames == ["x", "n", "t", "f", "l", "w"])
    #expect(supplier.count == 3)
    let batch = supplier.batch([2, 0]).columns
    #expect(batch["x"]?.array == KurArray(shape: [2, 2], values: [1, 1.25, 0, 0.25]))
    #expect(batch["n"]?.array == KurArray([7, 3]))
    #expect(batch["t"] == .texts(["", "ab"]))
    #expect(batch["f"]?.array?.values == [4, 5, 0, 1])
    #expect(batch["l"]?.array == KurArray(shape: [2, 2], values: [5, 6, 1, 2], isWhole: true))
    #expect(batch["w"] == .texts(["c", "a"]))
  }

  @Test(arguments: 0...5) func arraysOfAllTypesAndOrdersAreRead(version: Int) throws {
    let supplier = try PickleSupplier(
      settings("{source: \(Fixture.path("pickles/arrays-\(version).pkl"))}"), .none())
    let columns = supplier.batch([0, 1, 2]).columns
    let path = Fixture.path("pickles/arrays.json")
    let expected = try JSONText.value(
      of: String(contentsOfFile: path, encoding: .utf8), path: path)
    let entries = try #require(expected.dictionary)
    for (name, entry) in entries.pairs {
      let values = entry.dictionary?["values"]?.sequence ?? []
      switch try #require(columns[name.text]) {
      case .texts(let texts): #expect(texts == values.map(\.text))
      case .array(let array):
        #expect(array.shape == entry.dictionary?["shape"]?.sequence?.compactMap(\.integer))
        #expect(array.values == values.compactMap { $0.number?.double }, "\(name)")
      default: Issue.record("\(name)")
      }
    }
    #expect(columns.count == entries.count + 1)
    #expect(columns["objects"] == .ragged([KurArray([1]), KurArray([2, 3]), KurArray([4])]))
    #expect(columns["wide"]?.array?.isWhole == true)
    // Not whole numbers any more: a float cannot hold them.
    #expect(columns["huge"]?.array?.isWhole == false)
  }

  /// A shape that no memory holds, be it that of an empty array, and a number that is too large for the type of its array.
  @Test func arraysWithoutEndAreRefused() throws {
    func read(_ shape: String, bytes: String = "") throws -> StoredSources {
      let array =
        "cnumpy.core.multiarray\n_reconstruct\n)R(I1\n(\(shape)tcnumpy\ndtype\n(S'f8'\ntRI00\nS'\(bytes)'\ntb"
      return try PickledSources.sources(Data("(dS'x'\n\(array)s.".utf8), path: "x.pkl")
    }
    #expect(try read("I1\n", bytes: "12345678").count == 1)
    for shape in [
      "I4611686018427387904\nI4\n", "I-1\n", "I0\nI1099511627776\nI1099511627776\n", "I2\n",
      "I1099511627775\nI1099511627775\n",
    ] {
      #expect(throws: KurError.self, "\(shape)") { try read(shape, bytes: "12345678") }
      #expect(throws: KurError.self, "\(shape)") { try read(shape) }
    }
  }

  @Test func aMappingThatNumPySavedIsRead() throws {
    let supplier = try NumPyDictionarySupplier(
      settings("{source: \(fixture("mapping.npy"))}"), .none())
    #expect(supplier.batch([1]).columns["n"]?.array == KurArray([-1]))
  }

  @Test func aPickleWithCodeIsRefusedAndNotRun() throws {
    let path = fixture("code.pkl")
    let error = #expect(throws: KurError.self) {
      _ = try PickleSupplier(settings("{source: \(path)}"), .none())
    }
    #expect("\(try #require(error))".contains("would be called"))
    #expect(!FileManager.default.fileExists(atPath: "/tmp/opened-by-a-pickle"))
  }

  @Test func picklesThatAreCutShortAreRefused() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("arrays-2.pkl")))
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: KurError.self, "\(length)") {
        _ = try PickledSources.sources(whole.prefix(length), path: "x.pkl")
      }
    }
  }

  @Test func tablesAreRead() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/t.csv"
      try Data("a;b\n1;2.5\n3;-4e-1\n".utf8).write(to: URL(fileURLWithPath: path))
      let supplier = try CSVSupplier(settings("{path: \(path)}"), .none())
      #expect(supplier.sourceNames == ["a", "b"])
      #expect(supplier.batch([1]).columns["b"]?.array?.values == [Double(Float(-0.4))])
      // Without a header, the first line must have numbers too.
      #expect(throws: KurError.self) {
        _ = try CSVSupplier(settings("{path: \(path), header: no}"), .none())
      }
    }
  }

  @Test func linesOfJSONAreRead() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/t.jsonl"
      let text =
        #"{"a": [1, 2], "b": "x", "c": [1]}"# + "\n" + #"{"a": [3, 4], "b": "y", "c": [2, 3]}"#
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let supplier = try JSONLinesSupplier(settings("{source: \(path)}"), .none())
      let batch = supplier.batch([1]).columns
      #expect(batch["a"]?.array == KurArray(shape: [1, 2], values: [3, 4], isWhole: true))
      #expect(batch["b"] == .texts(["y"]))
      #expect(batch["c"] == .ragged([KurArray([2, 3])]))
    }
  }

  @Test func textsAreSpeltSymbolBySymbol() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/t.jsonl"
      try Data("{\"t\": \"ab\"}\n{\"t\": \"b\"}\n".utf8).write(to: URL(fileURLWithPath: path))
      let supplier = try TextSupplier(
        settings(
          "{path: \(path), seq_len: 3, vocabs: {t: [a, b, _]}, padding: {t: left}, pad_with: {t: _}}"
        ),
        .none())
      let batch = supplier.batch([0]).columns
      #expect(batch["t"]?.array?.values == [0, 0, 1, 1, 0, 0, 0, 1, 0])
      #expect(batch["t_length"]?.array?.values == [2])
      #expect(batch["raw_t"] == .texts(["ab"]))
    }
  }

  @Test func digitsAreCentredAndClassified() throws {
    try withTemporaryFolder { folder in
      let images = Data([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102])
      let labels = Data([0, 0, 8, 1, 0, 0, 0, 2, 7, 0])
      try images.write(to: URL(fileURLWithPath: folder + "/i"))
      try labels.write(to: URL(fileURLWithPath: folder + "/l"))
      let supplier = try MNISTSupplier(
        settings("{images: {path: \(folder)/i}, labels: \(folder)/l}"), .none())
      let batch = supplier.batch([0, 1]).columns
      #expect(batch["images"]?.array?.shape == [2, 1, 2, 1])
      expectClose(
        batch["images"]?.array?.values.map { Float($0) } ?? [], [-0.4, 0.6, -0.2, 0], absolute: 1e-6
      )
      #expect(batch["labels"]?.array?.values.firstIndex(of: 1) == 7)
    }
  }

  @Test func arraysArePrintedAsByNumPy() throws {
    let path = fixture("numpy-text.json")
    let cases = try JSONText.value(of: String(contentsOfFile: path, encoding: .utf8), path: path)
    for value in cases.sequence ?? [] {
      let entry = try #require(value.dictionary)
      let array = KurArray(
        shape: entry["shape"]?.sequence?.compactMap(\.integer) ?? [],
        values: entry["values"]?.sequence?.compactMap { $0.number?.double } ?? [],
        isWhole: entry["whole"]?.isTrue ?? false)
      #expect(NumPyText.text(of: array) == entry["text"]?.text)
    }
  }

  @Test func normalisationIsThatOfKur() throws {
    for name in ["spec", "mfcc"] {
      let file = try #require(
        try NormalizationFile.read(Fixture.path("kur/features/norm_\(name).yml")))
      let golden = try NumPyArray(path: Fixture.path("kur/features/normalised_\(name).npy"))
      let (frameCount, width) = (golden.shape[1], golden.shape[2])
      func frames(_ index: Int) -> ArraySlice<Float> {
        golden.values[index * frameCount * width..<(index + 1) * frameCount * width]
      }
      var index = 1
      for isCentred in [true, false] {
        for isScaled in [true, false] {
          for rotation in [FeatureNormalization.Rotation.none, .zca, .pca] {
            let normalization = FeatureNormalization(
              file, isCentred: isCentred, isScaled: isScaled, rotation: rotation)
            let input = frames(0).map(Double.init)
            let result = (0..<frameCount).flatMap { frame in
              normalization.normalized(Array(input[frame * width..<(frame + 1) * width]))
            }
            expectClose(
              result.map { Float($0) }, Array(frames(index)), absolute: 1e-4, relative: 1e-6)
            index += 1
          }
        }
      }
    }
  }

  @Test func normalisationFilesAreWrittenAsTheyAreRead() throws {
    let path = Fixture.path("kur/features/norm_constant_bin.yml")
    let file = try #require(try NormalizationFile.read(path))
    let golden = try NumPyArray(path: Fixture.path("kur/features/normalised_constant_bin.npy"))
    let normalization = FeatureNormalization(file, rotation: .none)
    let result = (0..<6).flatMap { frame in
      normalization.normalized(golden.values[4 * frame..<4 * frame + 4].map(Double.init))
    }
    expectClose(result.map { Float($0) }, Array(golden.values[24...]), absolute: 1e-6)
    try withTemporaryFolder { folder in
      try NormalizationFile.write(file, to: folder + "/n.yml")
      #expect(try NormalizationFile.read(folder + "/n.yml") == file)
    }
  }
}
