import Foundation
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@testable import ParlaKur

/// Models that Kur 0.7 computed, on each of its backends.
@Suite struct KurNetworkTests {
  /// Cases that Kur refuses and Parla computes: merging by sums, products and means on Keras 2, and pools of Keras 1 and Theano.
  private static let computedHere: Set = [
    "conv1d_same_s2", "merge_add", "merge_average", "merge_multiply", "pool1d_average",
    "pool1d_max",
    "speech_bi_add_gru", "speech_bi_average_gru", "speech_bi_default_merge",
    "speech_bi_multiply_gru",
  ]

  @Test func outputsAreKurs() throws {
    let goldens = try KurModelGolden.all()
    #expect(goldens.count == 138)
    for golden in goldens where golden.error == nil {
      do { try check(golden) } catch { Issue.record("\(golden.name): \(error)") }
    }
  }

  private func check(_ golden: KurModelGolden) throws {
    let network = try golden.network()
    var (parameters, buffers) = (network.initialParameters(seed: 1), network.initialBuffers)
    let weights = golden.arrays(golden.weights)
    if !weights.isEmpty {
      let report = try WeightSource(NumPyArchive(weights), path: "weights.npz")
        .read(into: &parameters, &buffers, of: network)
      #expect(report.missing.isEmpty, "\(golden.name)")
    }
    let found = try network.predict(
      NumPyArchive(golden.arrays(golden.input)), path: "input.npz", parameters, buffers,
      compute: Compute(threadCount: 1))
    for expected in golden.arrays(golden.output) {
      let array = try #require(found[expected.name], "\(golden.name)")
      #expect(array.shape == expected.array.shape, "\(golden.name)")
      let difference = zip(array.values, expected.array.values).map { abs($0 - $1) }.max() ?? 0
      #expect(difference < 1e-5, "\(golden.name): \(expected.name) differs by \(difference)")
    }
    // What is written is what was read, but for the second biases of PyTorch's layers and what Kur writes twice.
    for array in network.arrays(parameters, buffers) where !array.name.contains("+bias_") {
      #expect(
        weights.first { $0.name == array.name }?.array.values == array.values, "\(array.name)")
    }
  }

  @Test func weightsAreTheOldOnesOrTheNewOnes() throws {
    try withTemporaryFolder { folder in
      let network = try Self.network(
        "- input: {shape: [3]}\n- dense: 2\n  name: a\n- dense: 2\n  name: b\n- output: y", folder)
      let (old, new) = (network.initialParameters(seed: 1), network.initialParameters(seed: 2))
      func read() throws -> Parameters {
        var (parameters, buffers) = (network.initialParameters(seed: 3), network.initialBuffers)
        _ = try WeightSource(path: folder + "/w").read(into: &parameters, &buffers, of: network)
        return parameters
      }
      try network.write(old, network.initialBuffers, to: folder + "/w")
      #expect(try read() == old)
      // A folder in the place of one file ends the writing in the middle.
      let hindrance = folder + "/w/b+b_bias:0.kur"
      try FileManager.default.removeItem(atPath: hindrance)
      try FileManager.default.createDirectory(
        atPath: hindrance, withIntermediateDirectories: false)
      #expect(throws: KurError.self) {
        try network.write(new, network.initialBuffers, to: folder + "/w")
      }
      try FileManager.default.removeItem(atPath: hindrance)
      #expect(try read() == new)
      // Weights written there later take precedence.
      let kernel = try IDXArray(path: folder + "/w/a+a_kernel:0.kur")
      try IDXArray(shape: kernel.shape, values: kernel.floats.map { $0 + 1 }).write(
        to: folder + "/w/a+a_kernel:0.kur")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: 60)],
        ofItemAtPath: folder + "/w/a+a_kernel:0.kur")
      #expect(throws: KurError.self) { try read() }
      try network.write(old, network.initialBuffers, to: folder + "/w")
      #expect(try read() == old)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/w")
      #expect(names.allSatisfy { $0.hasSuffix(".kur") })
    }
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    try withTemporaryFolder { folder in
      let network = try Self.network(
        "- input: {shape: [3]}\n- dense: 2\n  name: a\n- output: y", folder)
      var (parameters, buffers) = (network.initialParameters(seed: 1), network.initialBuffers)
      parameters.tensors[0][4] = .nan
      try network.write(parameters, buffers, to: folder + "/w")
      let error = #expect(throws: KurError.self) {
        try WeightSource(path: folder + "/w").read(into: &parameters, &buffers, of: network)
      }
      #expect(error?.description.contains("a+a_kernel:0: found nan") == true)
    }
  }

  @Test func anInputThatNobodyBringsIsNamed() throws {
    try withTemporaryFolder { folder in
      let (kurfile, input) = (folder + "/k.yml", folder + "/in.npz")
      try Data("model:\n- input: utterance\n- dense: 2\n- output: y\n".utf8).write(
        to: URL(fileURLWithPath: kurfile))
      try NumPyArchive([
        .init(name: "utterence", array: NumPyArray(shape: [1, 2], values: [0, 0]))
      ])
      .write(to: input)
      let error = #expect(throws: KurError.self) {
        _ = try KurPrediction(
          kurfile: kurfile, weights: folder, input: input, compute: Compute(threadCount: 1))
      }
      #expect(error?.description.contains("found arrays utterence; did you mean") == true)
    }
  }

  @Test(arguments: [
    (
      "- input: {shape: [3]}\n- dense: 2\n  inputs: inpt\n- output: y", 2,
      "the input inpt, which is no layer before it"
    ),
    (
      "- input: {shape: [3]}\n  name: left\n- dense: 2\n  inputs: leftt\n- output: y", 3,
      "did you mean left?"
    ),
    ("- input: {shape: [3]}\n- activation: rellu\n- output: y", 2, "did you mean relu?"),
    ("- input: {shape: [3]}\n- dense: 2", 1, "found no output"),
    ("- input: x\n- output: y", 1, "found no shape"),
    ("- dense: 2\n- output: y", 1, "no layer before it"),
    (
      "- input: {shape: [9, 3]}\n- for:\n    range: 2\n    iterate:\n      - dense: 2\n      - convolution: {kernels: 2, size: 12, border: valid}\n- output: y",
      6, "a window of 12 on an axis of 9"
    ),
    (
      "- input: {shape: [9, 3]}\n- recurrent: {size: 2, outer_activation: tahn}\n- output: y", 2,
      "did you mean tanh?"
    ),
    ("- input: {shape: [9, 3]}\n- reuse: dens\n- output: y", 2, "dens, which is no layer"),
    ("- input: {shape: [9, 3]}\n- squeeze: 1\n- output: y", 2, "axis 1 of length 3"),
    ("- input: {shape: [None, 3]}\n- flatten\n- output: y", 2, "a fixed number of frames"),
    (
      "- input: {shape: [9, 3]}\n- dense: 2\n  name: a\n- dense: 2\n  name: a\n- output: y", 4,
      "the name a a second time"
    ),
  ])
  func faultsAreLocated(model: String, line: Int, message: String) throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: KurError.self) { _ = try Self.network(model, folder) }
      let description = error?.description ?? ""
      #expect(description.contains("k.yml:\(line + 1): "), "\(description)")
      #expect(description.contains(message), "\(description)")
    }
  }

  /// The network of a Kurfile in `folder` that has nothing but `model`.
  private static func network(_ model: String, _ folder: String) throws -> KurNetwork {
    let path = folder + "/k.yml"
    try Data(("model:\n" + model).utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return try KurNetwork(kurfile, KurConventions(kurfile))
  }

  @Test func whatKurRefusesIsRefusedOrComputed() throws {
    for golden in try KurModelGolden.all() where golden.error != nil {
      let isComputed = (try? golden.network()) != nil
      #expect(isComputed == Self.computedHere.contains(golden.caseName), "\(golden.name)")
    }
  }
}

/// A model, what went in and what came out under Kur 0.7.
struct KurModelGolden: Decodable {
  let caseName: String
  let backend: String
  let kurfile: String
  let error: String?
  let weights: [Part]?
  let input: [Part]?
  let output: [Part]?

  struct Part: Decodable {
    let name: String
    let shape: [Int]
    let start: Int
  }

  private enum CodingKeys: String, CodingKey {
    case caseName = "case"
    case backend, kurfile, error, weights, input, output
  }

  var name: String { "\(caseName)/\(backend)" }

  private static let numbers = try? NumPyArray(path: Fixture.path("kur/models-kur-0.7.npy")).values

  static func all() throws -> [KurModelGolden] {
    let path = Fixture.path("kur/models-kur-0.7.json")
    return try JSONDecoder().decode(
      [KurModelGolden].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func arrays(_ parts: [Part]?) -> [NumPyArchive.Member] {
    (parts ?? []).map { part in
      let count = part.shape.reduce(1, *)
      return NumPyArchive.Member(
        name: part.name,
        array: NumPyArray(
          shape: part.shape,
          values: Array(Self.numbers?[part.start..<part.start + count] ?? [])))
    }
  }

  /// The model as this backend computes it.
  func network() throws -> KurNetwork {
    let version = ["keras203tf": "2.0.3", "keras1th": "1.2.2"][backend] ?? "2.0.4"
    return try withTemporaryFolder { folder in
      let path = folder + "/kurfile.yml"
      try Data(kurfile.utf8).write(to: URL(fileURLWithPath: path))
      var kurfile = try Kurfile(path: path)
      try kurfile.evaluate(KurEngine(path: path))
      return try KurNetwork(
        kurfile, KurConventions(kurfile, kerasVersion: #require(KerasVersion(version))))
    }
  }
}
