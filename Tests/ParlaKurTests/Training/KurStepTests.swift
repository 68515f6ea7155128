import Foundation
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@testable import ParlaKur

/// Steps and losses that Kur 0.7 made with Keras 2.0.4 and TensorFlow 1.4.1.
struct KurStepTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let optimizer: String
    let losses: [Double]
    let isFrozen: Bool
    var testDescription: String { name }
  }

  private static func golden(_ name: String) -> PythonDictionary {
    let path = Fixture.path("kur/training/\(name)")
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? "{}"
    return (try? JSONText.value(of: text, path: path))?.dictionary ?? PythonDictionary()
  }

  static let cases: [Case] = (golden("training.json")["optimisers"]?.sequence ?? []).compactMap {
    guard let entry = $0.dictionary else { return nil }
    return Case(
      name: entry["name"]?.text ?? "", optimizer: entry["optimizer"]?.text ?? "",
      losses: entry["losses"]?.sequence?.compactMap { $0.number?.double } ?? [],
      isFrozen: entry["frozen"]?.isTrue ?? false)
  }

  /// Runs of Kur in which TensorFlow 1 updated upper weights before the gradients of lower ones had read them: their first two
  /// losses are compared with Kur's, the rest with what PyTorch makes of Keras' formulas (`scripts/goldens/kur_steps.py`).
  private static let raced = [
    "adam_default", "frozen_recurrent", "sgd_nesterov_decay", "sgd_scale_rate_linear",
  ]
  private static let byTorch = Fixture.path("kur/training/steps-torch.npz")

  private func kurfile(_ entry: Case, in folder: String) throws -> Kurfile {
    let text = """
      settings: {backend: {name: keras, backend: tensorflow}}
      model:
        - input: {shape: [17, 5]}
          name: utterance
        - convolution: {kernels: 4, size: 3, strides: 2, border: valid}
          name: front
        - activation: relu
        - batch_normalization:
          name: norm
        - recurrent: {size: 6, type: gru, outer_activation: tanh}
          name: memory
          freeze: \(entry.isFrozen ? "yes" : "no")
        - parallel:
            apply:
            - dense: 5
          name: out
        - activation: softmax
        - output: asr
      train: {optimizer: \(entry.optimizer)}
      loss:
        - {name: ctc, target: asr, input_length: utterance_length, output_length: transcript_length, output: transcript}
      """
    let path = folder + "/k.yml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return kurfile
  }

  private func batch(_ arrays: NumPyArchive, _ index: Int) -> KurBatch {
    var batch: KurBatch = [:]
    let prefix = "batch|\(index)."
    for member in arrays.arrays where member.name.hasPrefix(prefix) {
      batch[String(member.name.dropFirst(prefix.count))] = .array(
        KurArray(shape: member.array.shape, values: member.array.values.map(Double.init)))
    }
    return batch
  }

  @Test func thereAreCases() { #expect(Self.cases.count == 19) }

  @Test(arguments: cases) func stepsAreThoseOfKur(entry: Case) throws {
    let arrays = try NumPyArchive(path: Fixture.path("kur/training/optimisers.npz"))
    try withTemporaryFolder { folder in
      let kurfile = try kurfile(entry, in: folder)
      let services = KurServices.none(seed: 1)
      var model = try KurModel(kurfile, KurConventions(kurfile), nil, services)
      try load(arrays, "initial", into: &model, folder, services)
      var session = try KurSession(
        model, losses: KurLoss.all(kurfile, outputs: model.outputNames),
        optimizer: KurOptimizer(kurfile.settings(of: "train")), services)
      var losses: [Float] = []
      for index in 0..<4 {
        losses.append(Float(try session.step(batch(arrays, index)).losses["asr"] ?? 0))
      }
      let golden = Self.raced.contains(entry.name) ? try NumPyArchive(path: Self.byTorch) : arrays
      let kurs = entry.losses.map { Float($0) }
      expectClose(Array(losses[..<2]), Array(kurs[..<2]), relative: 1e-4)
      let expected = golden["\(entry.name)|losses"]?.values ?? kurs
      expectClose(losses, expected, relative: 1e-4)
      let weights = try session.model.weights
      for weight in try session.model.network.arrays(weights.parameters, weights.buffers) {
        let expected = try #require(golden["\(entry.name)|\(weight.name)"], "\(weight.name)")
        expectClose(weight.values, expected.values, absolute: 2e-5, relative: 1e-4)
      }
    }
  }

  private func load(
    _ arrays: NumPyArchive, _ prefix: String, into model: inout KurModel, _ folder: String,
    _ services: KurServices
  ) throws {
    let own = arrays.arrays.filter { $0.name.hasPrefix(prefix + "|") }.map {
      NumPyArchive.Member(name: String($0.name.dropFirst(prefix.count + 1)), array: $0.array)
    }
    try NumPyArchive(own).write(to: folder + "/w.npz")
    try model.load(WeightSource(path: folder + "/w.npz"), services)
  }

  // MARK: - Losses

  private func sequences(_ array: NumPyArray) -> Sequences {
    KurArray(shape: array.shape, values: array.values.map(Double.init)).sequences(true)
  }

  @Test func lossesAreThoseOfKur() throws {
    let arrays = try NumPyArchive(path: Fixture.path("kur/training/losses.npz"))
    let golden = Self.golden("training.json")
    let compute = Compute(threadCount: 1)
    let counts = try #require(arrays["ctc.transcript_length"]).values.map { Int($0) }
    let rows = try #require(arrays["ctc.transcript"])
    let labels = counts.enumerated().map { index, count in
      rows.values[5 * index..<5 * index + count].map { Int32($0) }
    }
    let lengths = try #require(arrays["ctc.utterance_length"]).values.map { Int($0) }
    let output = sequences(try #require(arrays["ctc.probabilities"]))
    let each = OutputTarget.labels(labels, frameCounts: lengths)
      .loss(of: output, weight: 1, compute: compute)
    expectClose(
      each.losses.map { Float($0) }, try #require(arrays["ctc.loss_each"]).values, relative: 1e-5)
    let scale = Float(lengths.reduce(0, +)) / Float(lengths.count) / 100
    let scaled = OutputTarget.labels(labels, frameCounts: lengths, scale: scale)
      .loss(of: output, weight: 1, compute: compute).losses
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    #expect(abs(mean - (golden["ctc_scaled"]?.number?.double ?? 0)) < 1e-4)
    for (name, make) in [
      ("mean_squared_error", OutputTarget.values),
      ("categorical_crossentropy", OutputTarget.classes),
    ] as [(String, (Tensor) -> OutputTarget)] {
      let target = sequences(try #require(arrays[name + ".target"])).values
      let losses = make(target)
        .loss(of: sequences(try #require(arrays[name + ".output"])), weight: 1, compute: compute)
        .losses
      let mean = losses.reduce(0, +) / Double(losses.count)
      let expected = golden[name]?.number?.double ?? 0
      #expect(abs(mean - expected) < 1e-5 * expected, "\(name)")
    }
  }

  @Test func gradientsOfLossesAreTheirSlopes() {
    let compute = Compute(threadCount: 1)
    let values: [Float] = [0.2, 0.5, 0.3, 0.6, 0.1, 0.3, 0.25, 0.25, 0.5, 0.1, 0.8, 0.1]
    let shape = [2, 2, 3]
    let targets = Tensor(shape: shape, values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
    for target in [
      OutputTarget.labels([[1], [0]], frameCounts: [2, 1], scale: 0.7), .values(targets),
      .classes(targets),
    ] {
      func loss(_ values: [Float]) -> Double {
        target.loss(
          of: Sequences(full: Tensor(shape: shape, values: values)), weight: 1, compute: compute
        ).losses.reduce(0, +)
      }
      let gradient = target.loss(
        of: Sequences(full: Tensor(shape: shape, values: values)), weight: 0.5, compute: compute
      ).gradient
      for index in values.indices {
        var (low, high) = (values, values)
        low[index] -= 1e-3
        high[index] += 1e-3
        let slope = (loss(high) - loss(low)) / 2e-3 * 0.5
        #expect(abs(slope - Double(gradient[index])) < 3e-3 * max(1, abs(slope)), "\(index)")
      }
    }
  }
}
